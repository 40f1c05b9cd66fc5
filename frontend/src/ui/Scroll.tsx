// A scrollable region, by keyboard too.
import type { ReactNode, Ref } from 'react'

import classes from './ui.module.css'

interface ScrollProps {
  label: string
  /** Gives it its greatest height. */
  className?: string | undefined
  ref?: Ref<HTMLDivElement>
  children: ReactNode
}

export function Scroll({ label, className, ref, children }: ScrollProps) {
  return (
    <div ref={ref} className={`${classes.scroll} ${className ?? ''}`} tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  )
}
