// The selected runs side by side: settings, results, curves and figures.
import { Button, Skeleton, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'

import type { Run } from '../api/types'
import { ChartsPanel } from '../charts/ChartsPanel'
import { CostPanel } from '../evidence/CostPanel'
import { FigurePanel } from '../figures/FigurePanel'
import { useLabPart } from '../live/hooks'
import { useMissing } from '../live/useMissing'
import { HighlightContext } from '../model/highlight'
import { useShownRuns } from '../model/selection'
import { Page } from '../ui/Page'
import { RequestError } from '../ui/RequestError'
import { Snapshot } from '../ui/Snapshot'
import { WhenSeen } from '../ui/WhenSeen'
import { keepView } from '../view/keepView'
import { idsIn } from '../view/urlState'
import { absent } from './absent'
import classes from './compare.module.css'
import { Confusions } from './Confusions'
import { Convergence } from './Convergence'
import { Differences } from './Differences'

export function ComparePage() {
  const focus = useState<number | null>(null)
  return (
    <HighlightContext value={focus}>
      <Page>
        <Snapshot wanted="load the runs" waiting={<Skeleton height={420} />}>
          {() => <Comparison />}
        </Snapshot>
      </Page>
    </HighlightContext>
  )
}

function Comparison() {
  const shown = useShownRuns()
  const held = useLabPart('runs')
  const runs = useMemo(() => shown.map((id) => held.get(id)).filter((run): run is Run => run !== undefined).sort((a, b) => a.id - b.id), [shown, held])
  // Progress events, many per second, do not change these.
  const known = runs.map(({ id }) => id).join()
  const ids = useMemo(() => idsIn(known), [known])
  const { missing, problem, retry } = useMissing(shown)
  if (problem !== null && runs.length === 0) return <RequestError wanted="load the runs" problem={problem} onRetry={retry} />
  if (runs.length === 0) return missing.length < shown.length ? <Skeleton height={420} /> : <NothingToCompare missing={missing} />
  return (
    <>
      <Absent runs={missing} />
      <Differences runs={runs} />
      <ChartsPanel shown={shown} scrolls />
      <Convergence runs={runs} />
      {/* Figures are requested when they are scrolled into view. */}
      <WhenSeen keep className={`${classes.later ?? ''} ${classes.pair ?? ''}`}>
        <CostPanel runs={ids} />
        <FigurePanel kind="gap" runs={ids} />
      </WhenSeen>
      <WhenSeen keep className={classes.later}>
        <FigurePanel kind="gradients" runs={ids} />
      </WhenSeen>
      <WhenSeen keep className={`${classes.later ?? ''} ${classes.pair ?? ''}`}>
        <FigurePanel kind="gradient-ratio" runs={ids} />
        <Confusions runs={runs} />
      </WhenSeen>
      <WhenSeen keep className={classes.later}>
        <FigurePanel kind="parallel" runs={ids} bundle="strict" />
      </WhenSeen>
    </>
  )
}

function Absent({ runs }: { runs: readonly number[] }) {
  if (runs.length === 0) return null
  return (
    <Text role="status" size="sm" c="var(--wait)">
      {absent(runs)}
    </Text>
  )
}

function NothingToCompare({ missing }: { missing: readonly number[] }) {
  return (
    <Stack align="center" p={80} gap="xs" ta="center">
      <Title order={2} size="h3">
        {missing.length > 0 ? 'Selected runs not found' : 'No runs selected'}
      </Title>
      <Absent runs={missing} />
      <Text c="dimmed" maw={420}>
        Compare settings, curves, convergence, gradients and cost of the selected runs. Click the eye icon next to a run to select it.
      </Text>
      <Button component={Link} to="/" search={keepView as never} mt="xs">
        Select runs
      </Button>
    </Stack>
  )
}
