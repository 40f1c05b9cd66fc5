// Who the lab takes this browser for.
import { Button, Skeleton, Text } from '@mantine/core'

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
      title="Signed in"
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
          <RequestError wanted="ask who you are" problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <Skeleton height={20} width="60%" />
        ) : named ? (
          <Text size="sm">
            With the token <strong>{data.name}</strong>, which {data.scope === 'write' ? 'may do everything' : 'only reads'}.
          </Text>
        ) : (
          <Text size="sm">
            Nobody is asked for a token here: this lab listens on its own machine only. Tokens count as soon as it listens to others, or when SKIPLAB_TOKEN is set.
          </Text>
        )}
      </div>
    </Panel>
  )
}
