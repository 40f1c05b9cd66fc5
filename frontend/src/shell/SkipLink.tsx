// The first stop of Tab: over the header, and on the page of runs over the table as well, whose rows have three stops each.
import { useMatches } from '@tanstack/react-router'

import { CHARTS, CONTENT } from '../ui/landmarks'
import classes from './shell.module.css'

export function SkipLink() {
  const route = useMatches({ select: (matches) => matches.at(-1)?.routeId })
  const [id, what] = route === '/' ? [CHARTS, 'charts'] : [CONTENT, 'content']
  return (
    <a
      className={classes.skip}
      href={`#${id}`}
      onClick={(event) => {
        // The address is the view, and this is none.
        event.preventDefault()
        // A page that broke has no charts.
        const target = document.getElementById(id) ?? document.getElementById(CONTENT)
        target?.setAttribute('tabindex', '-1')
        target?.focus()
      }}
    >
      Skip to {what}
    </a>
  )
}
