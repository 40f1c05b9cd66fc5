// In a row that scrolls sideways on a narrow screen, what is open is in sight.
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
