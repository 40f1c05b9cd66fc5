// Mounts its children only near the viewport.
import { useEffect, useRef, useState, type ReactNode } from 'react'

interface WhenSeenProps {
  /** Gives the space that the content will take. */
  className?: string | undefined
  /** Stay mounted once seen: for content that would be requested again. */
  keep?: boolean
  children: ReactNode
}

export function WhenSeen({ className, keep = false, children }: WhenSeenProps) {
  const element = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (element.current === null) return
    const observer = new IntersectionObserver(
      (entries) => {
        const entry = entries.at(-1)
        if (entry) setSeen((before) => entry.isIntersecting || (keep && before))
      },
      { rootMargin: '200px' },
    )
    observer.observe(element.current)
    return () => {
      observer.disconnect()
    }
  }, [keep])
  return (
    <div ref={element} className={className}>
      {seen && children}
    </div>
  )
}
