// The main part of a page: its panels below each other, no wider than they read well.
import type { ReactNode } from 'react'

import { CONTENT } from './landmarks'
import classes from './ui.module.css'

interface PageProps {
  /** Charts take the whole width, lists and words do with less. */
  width?: 'full' | 'reading' | 'form'
  /** Gives it columns. */
  className?: string | undefined
  /** Said while its content is still to come. */
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
