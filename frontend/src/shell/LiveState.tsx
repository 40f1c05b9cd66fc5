// The dot that says whether the page hears the lab.
import { Button } from '@mantine/core'

import { useSession, useSessionPart } from '../live/hooks'
import type { Connection } from '../live/stream'
import classes from './shell.module.css'

const WORDS: Record<Connection, string> = {
  connecting: 'connecting',
  live: 'live',
  reconnecting: 'reconnecting',
  offline: 'offline',
}

const HINTS: Record<Connection, string> = {
  connecting: 'Asking the lab for its runs.',
  live: 'New points appear by themselves.',
  reconnecting: 'The connection was lost; what is missed meanwhile is caught up on.',
  offline: 'The lab cannot be reached. The page keeps trying.',
}

export function LiveState() {
  const session = useSession()
  const connection = useSessionPart('connection')
  return (
    <span className={classes.live} data-connection={connection} title={HINTS[connection]} role="status">
      <span className={classes.dot} aria-hidden />
      {WORDS[connection]}
      {connection === 'offline' && (
        <Button size="compact-xs" variant="subtle" onClick={session.start}>
          Try now
        </Button>
      )}
    </span>
  )
}
