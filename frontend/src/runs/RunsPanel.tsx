import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'

import { asProblem } from '../api/problem'
import { useLab, useSession, useSessionState } from '../live/hooks'
import { plural } from '../ui/format'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { useChangeView, useView } from '../view/useView'
import { NoRuns } from './NoRuns'
import classes from './runs.module.css'
import { RunTable } from './RunTable'

export function RunsPanel() {
  const { runs } = useLab()
  return (
    <Panel
      title="Runs"
      className={classes.runsPanel}
      aside={runs.size > 0 && <Text component="span" className={classes.count}>{runs.size}</Text>}
      actions={<FollowNewest />}
    >
      <Body />
    </Panel>
  )
}

function Body() {
  const { runs } = useLab()
  const session = useSession()
  const { loaded, problem } = useSessionState()
  if (problem !== null && !loaded) return <RequestError wanted="load the runs" problem={problem} onRetry={session.start} />
  if (!loaded) return <Loading />
  if (runs.size === 0) return <NoRuns />
  return (
    <div className={classes.scroll}>
      <RunTable />
      <More />
    </div>
  )
}

/** Back from a chosen selection to the one that follows the newest runs. */
function FollowNewest() {
  const view = useView()
  const change = useChangeView()
  if (view.runs === undefined) return null
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      title="Forget the chosen runs and show the newest"
      onClick={() => {
        change(({ runs: _, ...rest }) => rest)
      }}
    >
      Show newest
    </Button>
  )
}

function More() {
  const session = useSession()
  const { more } = useSessionState()
  const load = useMutation({ mutationFn: session.loadMore })
  if (load.isError) {
    return (
      <RequestError
        wanted="load older runs"
        problem={asProblem(load.error)}
        onRetry={() => {
          load.mutate()
        }}
      />
    )
  }
  if (more === 0) return null
  return (
    <Button
      variant="subtle"
      size="xs"
      m="sm"
      loading={load.isPending}
      onClick={() => {
        load.mutate()
      }}
    >
      Load older runs ({plural(more, 'more', 'more')})
    </Button>
  )
}

function Loading() {
  return (
    <Stack gap="sm" p="md" aria-busy aria-label="Loading runs">
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} height={44} radius="md" />
      ))}
    </Stack>
  )
}
