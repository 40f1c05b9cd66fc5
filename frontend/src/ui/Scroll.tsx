// What may be larger than its place scrolls in it, by keyboard too.
import type { ReactNode } from 'react'

import classes from './ui.module.css'

interface ScrollProps {
  label: string
  /** Gives it its greatest height. */
  className?: string | undefined
  children: ReactNode
}

export function Scroll({ label, className, children }: ScrollProps) {
  return (
    <div className={`${classes.scroll} ${className ?? ''}`} tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  )
}
