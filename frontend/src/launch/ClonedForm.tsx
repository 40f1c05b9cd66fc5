// The launch form that begins with a run: it waits for it, for a link may be opened before any run is held.
import { Alert, Skeleton } from '@mantine/core'

import { useModels } from '../api/catalog'
import { useLabPart, useSessionPart } from '../live/hooks'
import { MOST_RUNS } from '../live/session'
import { useRun } from '../live/useRun'
import { Guard } from '../ui/Guard'
import { LaunchForm } from './LaunchForm'

interface ClonedFormProps {
  clone: number
  /** With all runs of its experiment: these may be among the older ones, which come last. */
  whole: boolean
}

export function ClonedForm({ clone, whole }: ClonedFormProps) {
  const { run, missing, problem, retry } = useRun(clone)
  const held = useLabPart('settled')
  const more = useSessionPart('more')
  // The networks' cards say which of the run's values are its network's own. Without them all are said.
  const { isPending } = useModels()
  const ready = !isPending && run !== undefined && (!whole || more === 0 || held.size >= MOST_RUNS)
  if (missing) {
    return (
      <>
        <Alert color="yellow" variant="light" m="md" mb={0}>
          There is no run #{clone} to clone; this form begins with the defaults.
        </Alert>
        <LaunchForm />
      </>
    )
  }
  return (
    <Guard wanted={`load run ${clone}`} found={ready || undefined} problem={problem} onRetry={retry} waiting={<Skeleton height={420} width="auto" m="md" />}>
      {() => <LaunchForm clone={clone} whole={whole} />}
    </Guard>
  )
}
