// Mantine's theme, led back to the page's own tokens (tokens.css).
import { createTheme, Progress, Table, type CSSVariablesResolver } from '@mantine/core'

import classes from './table.module.css'

export const theme = createTheme({
  primaryColor: 'indigo',
  // Lighter shades fail the contrast that white text on a button needs.
  primaryShade: 8,
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: { fontWeight: '600' },
  components: {
    // Progress changes many times a second: transitions would keep the page repainting.
    Progress: Progress.extend({ defaultProps: { transitionDuration: 0 } }),
    Table: Table.extend({ classNames: { table: classes.table ?? '' } }),
  },
  // Dark with the page's touch of blue: text first, the deepest ground last.
  colors: {
    dark: ['#e8ebf0', '#c9d0db', '#98a2b3', '#6b7484', '#353c49', '#2a303b', '#1d222b', '#171b22', '#12161c', '#0f1217'],
  },
})

const shared = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-3)',
  '--mantine-color-placeholder': 'var(--ink-3)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-default-border': 'var(--line)',
}

/** Mantine's light variants on dark are solid and loud; these let the page shine through. */
const quietOnDark = {
  '--mantine-color-red-light': 'rgb(255 128 128 / 12%)',
  '--mantine-color-red-light-color': 'var(--bad)',
  '--mantine-color-indigo-light': 'rgb(120 140 255 / 16%)',
  '--mantine-color-indigo-light-hover': 'rgb(120 140 255 / 24%)',
  '--mantine-color-indigo-light-color': 'var(--active)',
}

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  // Mantine's own hover shade is too dark for the text on it.
  light: { ...shared, '--mantine-color-default-border': '#cfd4dc', '--mantine-color-indigo-light-hover': '#dbe4ff' },
  dark: { ...shared, ...quietOnDark },
})
