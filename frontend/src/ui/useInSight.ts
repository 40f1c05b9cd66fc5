// Scrolls the open item of a horizontal list into view, on narrow screens.
import { useEffect, useRef, type RefObject } from 'react'

/** For the row; `chosen` finds what is open in it, whenever `open` changes. */
export function useInSight(chosen: string, open: string): RefObject<HTMLDivElement | null> {
  const row = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const found = row.current?.querySelector<HTMLElement>(chosen)
    // Not scrollIntoView: it would move the page as well.
    if (row.current && found) row.current.scrollLeft = found.offsetLeft - (row.current.clientWidth - found.offsetWidth) / 2
  }, [chosen, open])
  return row
}
