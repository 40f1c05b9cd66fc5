// The evidence page: verdicts on the claims, missing runs, measures and figures.
import { Alert, Skeleton, Text } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useMemo } from 'react'

import { asProblem } from '../api/problem'
import { useLabPart, useSessionState } from '../live/hooks'
import { MOST_RUNS } from '../live/session'
import { useShownRuns } from '../model/selection'
import { WarningIcon } from '../ui/icons'
import { NotFound } from '../ui/NotFound'
import { Page } from '../ui/Page'
import { RequestError } from '../ui/RequestError'
import { useView } from '../view/useView'
import { askedFor, experimentsOf } from './asked'
import { ClaimsPanel } from './ClaimsPanel'
import { Figures } from './Figures'
import { MeasuresPanel } from './MeasuresPanel'
import { MissingPanel } from './MissingPanel'
import { SourcePanel } from './SourcePanel'
import { useEvidence } from './useEvidence'

export function EvidencePage() {
  const { experiment } = useParams({ strict: false })
  const { runs: chosen, target } = useView()
  const newest = useShownRuns()
  const runs = useLabPart('runs')
  const experiments = useMemo(() => experimentsOf(runs.values()), [runs])
  const asked = useMemo(() => askedFor(experiment, chosen, experiments, newest), [experiment, chosen, experiments, newest])
  const { more } = useSessionState()
  // The newest experiment may be older than the first page of runs: until it is loaded, other runs would be evaluated.
  const known = 'experiment' in asked || chosen !== undefined || more === 0 || runs.size >= MOST_RUNS
  const { data, error, refetch } = useEvidence(asked, target, known)
  const problem = error && asProblem(error)
  const judged = useMemo(() => data?.runs.map(({ run }) => run) ?? [], [data])
  if (experiment !== undefined && (!('experiment' in asked) || problem?.status === 404)) return <NotFound title={`There is no experiment ${experiment}`} list="/evidence" />
  return (
    <Page>
      <SourcePanel asked={asked} experiments={experiments} count={data?.runs.length} used={data?.target} />
      {problem && <RequestError wanted="evaluate the claims" problem={problem} onRetry={() => void refetch()} />}
      {data === undefined && !problem && <Loading />}
      {data && data.problems.length > 0 && <BrokenClaims problems={data.problems} />}
      {data?.sets.map((set) => <ClaimsPanel key={set.key} set={set} asked={asked} />)}
      {data && <MissingPanel sets={data.sets} asked={asked} />}
      {data && data.runs.length > 0 && (
        <>
          <MeasuresPanel measured={data} asked={asked} />
          <Figures runs={judged} cells={data.cells} target={target} />
        </>
      )}
    </Page>
  )
}

function BrokenClaims({ problems }: { problems: readonly string[] }) {
  return (
    <Alert color="red" variant="light" icon={<WarningIcon />} title="Problems">
      {problems.map((problem) => (
        <Text key={problem} size="sm">
          {problem}
        </Text>
      ))}
    </Alert>
  )
}

function Loading() {
  return (
    <div role="status" aria-busy aria-label="Evaluating the claims">
      <Skeleton height={420} radius="md" />
    </div>
  )
}
