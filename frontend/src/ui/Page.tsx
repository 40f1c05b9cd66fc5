// The main part of a page: its panels below each other, no wider than they read well.
import type { ReactNode } from 'react'

import { CONTENT } from './landmarks'
import classes from './ui.module.css'

interface PageProps {
  /** `reading`: narrower, for lists and text. */
  width?: 'full' | 'reading' | 'form'
  /** Gives it columns. */
  className?: string | undefined
  /** Announced to screen readers while the content loads. */
  loading?: string | undefined
  children: ReactNode
}

export function Page({ width = 'full', className, loading, children }: PageProps) {
  return (
    <main id={CONTENT} className={`${classes.page} ${className ?? ''}`} data-width={width} aria-busy={loading !== undefined} aria-label={loading}>
      {children}
    </main>
  )
}
