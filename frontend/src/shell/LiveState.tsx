// The dot that shows the state of the event stream.
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
  connecting: 'Connecting to the server.',
  live: 'Updates appear as they happen.',
  reconnecting: 'Connection lost. Missed updates load once it is back.',
  offline: 'The server cannot be reached. The page keeps trying.',
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
          Retry now
        </Button>
      )}
    </span>
  )
}
