import { useComputedColorScheme } from '@mantine/core'
import type { ReactNode } from 'react'

import { SchemeContext } from './scheme'

/** One listener for the whole page, instead of one per row. */
export function SchemeProvider({ children }: { children: ReactNode }) {
  // At once: a chart that begins in the other scheme is drawn twice.
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  return <SchemeContext value={scheme}>{children}</SchemeContext>
}
