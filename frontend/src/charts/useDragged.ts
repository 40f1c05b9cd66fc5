// The height that somebody gives an element by dragging its corner: the browser writes it into the element's style.
import { useEffect, useEffectEvent, useRef, type RefObject } from 'react'

/** Once the hand rests for so long. */
const RESTS_MS = 300

/** `height`: as it is known already, in pixels. */
export function useDragged<Element extends HTMLElement>(height: number | undefined, onDragged: (height: number) => void): RefObject<Element | null> {
  const element = useRef<Element>(null)
  const dragged = useEffectEvent(onDragged)
  useEffect(() => {
    const watched = element.current
    if (watched === null) return
    let resting: ReturnType<typeof setTimeout> | undefined
    const observer = new ResizeObserver(() => {
      const now = Number.parseInt(watched.style.height)
      if (Number.isNaN(now) || now === height) return
      clearTimeout(resting)
      resting = setTimeout(() => {
        dragged(now)
      }, RESTS_MS)
    })
    observer.observe(watched)
    return () => {
      observer.disconnect()
      clearTimeout(resting)
    }
  }, [height])
  return element
}
