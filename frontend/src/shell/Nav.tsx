// The pages, and the keys that lead to them: g, then a letter.
import { Link, useLocation, useNavigate } from '@tanstack/react-router'
import { useRef } from 'react'

import { useInSight } from '../ui/useInSight'
import { useKeys } from '../ui/useKeys'
import { keepView } from '../view/keepView'
import { PAGES } from './pages'
import classes from './shell.module.css'

/** The second key must follow the first within this time. */
const CHORD_MS = 1200

export function Nav() {
  useChords()
  const { pathname } = useLocation()
  const nav = useInSight('[aria-current=page]', pathname)
  return (
    <nav ref={nav} className={classes.nav} aria-label="Pages">
      {PAGES.map(({ to, name, key, exact }) => (
        <Link key={to} to={to} search={keepView} className={classes.page} activeOptions={{ exact, includeSearch: false }} aria-keyshortcuts={`g ${key}`}>
          {name}
        </Link>
      ))}
    </nav>
  )
}

function useChords(): void {
  const navigate = useNavigate()
  const begun = useRef(0)
  useKeys([
    ['g', () => { begun.current = Date.now() }],
    ...PAGES.map(({ to, key }): [string, () => void] => [
      key,
      () => {
        if (Date.now() - begun.current < CHORD_MS) void navigate({ to, search: keepView })
        begun.current = 0
      },
    ]),
  ])
}
