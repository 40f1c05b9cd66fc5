// The launch form that duplicates a run, or its experiment. It waits for them: a link may be opened before any run is loaded.
import { Alert, Skeleton } from '@mantine/core'

import { isLabRun, type LabRun, type Run } from '../api/types'
import { useLabPart, useSession, useSessionPart } from '../live/hooks'
import { MOST_RUNS } from '../live/session'
import { useRun } from '../live/useRun'
import { FIELDS } from '../model/fields'
import { Guard } from '../ui/Guard'
import { draftOf } from './draft'
import { LaunchForm } from './LaunchForm'
import { useDefaults } from './useDefaults'

interface ClonedFormProps {
  clone: number
  /** With all runs of its experiment: these may be among the older ones, which come last. */
  whole: boolean
}

export function ClonedForm({ clone, whole }: ClonedFormProps) {
  const { run, missing, problem, retry } = useRun(clone)
  const held = useLabPart('settled')
  const more = useSessionPart('more')
  const { store } = useSession()
  const loaded = run !== undefined && (!whole || more === 0 || held.size >= MOST_RUNS)
  const runs = loaded ? duplicatedRuns(store.get().runs, run, whole) : []
  // They say which values are no choice of the run's. Without them, every value is the run's own.
  const { defaults, isPending } = useDefaults(runs.map(({ spec }) => spec.model), '', loaded)
  if (missing || (run !== undefined && !isLabRun(run))) {
    return (
      <>
        <Alert color="yellow" variant="light" m="md" mb={0}>
          {run ? `Run #${clone} is of kind ${run.kind}, which this form cannot start` : `Run #${clone} was not found`}; this form starts from the defaults.
        </Alert>
        <LaunchForm />
      </>
    )
  }
  return (
    <Guard wanted={`load run ${clone}`} found={(loaded && !isPending) || undefined} problem={problem} onRetry={retry} waiting={<Skeleton height={420} width="auto" m="md" />}>
      {() => <LaunchForm first={draftOf(runs, FIELDS, defaults)} duplicated={runs.length} />}
    </Guard>
  )
}

function duplicatedRuns(runs: ReadonlyMap<number, Run>, run: Run, whole: boolean): LabRun[] {
  const duplicated = whole && run.experiment ? [...runs.values()].filter(({ experiment }) => experiment?.id === run.experiment?.id) : [run]
  return duplicated.filter(isLabRun)
}
