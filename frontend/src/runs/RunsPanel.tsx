import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'

import { asProblem } from '../api/problem'
import { plural, whole } from '../lib/format'
import { useLabPart, useSession, useSessionPart } from '../live/hooks'
import { MOST_RUNS } from '../live/session'
import { FILTERS } from '../model/arrange'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { Snapshot } from '../ui/Snapshot'
import { useChangeView, useView } from '../view/useView'
import { NoRuns } from './NoRuns'
import classes from './runs.module.css'
import { RunTable } from './RunTable'
import { TableTools } from './TableTools'
import { useListed } from './useListed'

export function RunsPanel() {
  const runs = useLabPart('settled')
  const listed = useListed()
  const count = listed.runs.length === listed.all ? whole(listed.all) : `${whole(listed.runs.length)} of ${whole(listed.all)}`
  return (
    <Panel
      title="Runs"
      className={classes.runsPanel}
      aside={runs.size > 0 && <Text component="span" className={classes.count}>{count}</Text>}
      actions={<FollowNewest />}
    >
      <Snapshot wanted="load the runs" waiting={<Loading />}>
        {() => <Body />}
      </Snapshot>
    </Panel>
  )
}

function Body() {
  const runs = useLabPart('settled')
  const listed = useListed()
  if (runs.size === 0) return <NoRuns />
  return (
    <>
      <TableTools />
      {listed.runs.length > 0 ? <RunTable /> : <NothingFits hidden={listed.all} />}
      <More />
    </>
  )
}

function NothingFits({ hidden }: { hidden: number }) {
  const change = useChangeView()
  const { q } = useView()
  return (
    <Stack align="center" p="xl" gap="xs">
      <Text size="sm">{hidden === 0 ? 'All runs are archived.' : q === undefined ? 'No runs match the filters.' : `No runs match “${q}”.`}</Text>
      <Button
        size="xs"
        variant="default"
        onClick={() => {
          change((view) => Object.fromEntries(Object.entries(view).filter(([name]) => !(FILTERS as readonly string[]).includes(name))))
        }}
      >
        Clear filters
      </Button>
      <Button
        size="xs"
        variant="subtle"
        onClick={() => {
          change((view) => ({ ...view, archived: true }))
        }}
      >
        Include archived runs
      </Button>
    </Stack>
  )
}

/** Back from a selection to the latest runs. */
function FollowNewest() {
  const view = useView()
  const change = useChangeView()
  if (view.runs === undefined) return null
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      title="Follow latest runs"
      onClick={() => {
        change(({ runs: _, ...rest }) => rest)
      }}
    >
      Reset selection
    </Button>
  )
}

function More() {
  const session = useSession()
  const more = useSessionPart('more')
  const runs = useLabPart('settled')
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
  if (more === 0 || runs.size < MOST_RUNS) return null
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
