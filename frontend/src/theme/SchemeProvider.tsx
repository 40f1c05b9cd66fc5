import { useComputedColorScheme } from '@mantine/core'
import type { ReactNode } from 'react'

import { SchemeContext } from './scheme'

/** Asks the browser once for the whole page: each row of a table would listen for itself. */
export function SchemeProvider({ children }: { children: ReactNode }) {
  // At once: a chart that begins in the other scheme is drawn twice.
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  return <SchemeContext value={scheme}>{children}</SchemeContext>
}
