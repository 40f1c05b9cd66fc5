// Whom the server takes this browser for.
import { Button, Code, Skeleton, Text } from '@mantine/core'

import { asProblem } from '../api/problem'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { signOut, useSignedIn } from './access'
import classes from './settings.module.css'

export function SessionPanel() {
  const { data, error, refetch } = useSignedIn()
  const named = data !== undefined && data.name !== null
  return (
    <Panel
      title="Session"
      actions={
        named && (
          <Button size="xs" variant="default" onClick={() => void signOut()}>
            Sign out
          </Button>
        )
      }
    >
      <div className={classes.body}>
        {error ? (
          <RequestError wanted="load the session" problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <Skeleton height={20} width="60%" />
        ) : named ? (
          <Text size="sm">
            Signed in with the token <strong>{data.name}</strong> ({data.scope === 'write' ? 'full access' : data.scope === 'agent' ? 'agent' : 'read-only'}).
          </Text>
        ) : (
          <Text size="sm">
            No authentication: the server listens on localhost only. Tokens are required once it is reachable from the network or <Code>SKIPLAB_TOKEN</Code> is set.
          </Text>
        )}
      </div>
    </Panel>
  )
}
