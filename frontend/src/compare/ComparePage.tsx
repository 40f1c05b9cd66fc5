// The chosen runs side by side: what differs between them, and what it did.
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
  // Progress comes many times a second, and leaves these as they are.
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
      {/* What the lab draws is asked for by those who come down to it. */}
      <WhenSeen keep className={`${classes.later ?? ''} ${classes.pair ?? ''}`}>
        <CostPanel runs={ids} />
        <FigurePanel kind="gap" title="Generalisation gap" runs={ids} help="Training minus test accuracy, both in eval mode; mean over seeds." />
      </WhenSeen>
      <WhenSeen keep className={classes.later}>
        <FigurePanel kind="gradients" title="Gradient flow" runs={ids} help="One colour scale for all: each row is a block, from the input on. A network that repeats no block is drawn by its layers’ weights, with a scale of their own." />
      </WhenSeen>
      <WhenSeen keep className={`${classes.later ?? ''} ${classes.pair ?? ''}`}>
        <FigurePanel kind="gradient-ratio" title="First block against last" runs={ids} help="Below 0 the gradient fades on its way back to the input." />
        <Confusions runs={runs} />
      </WhenSeen>
      <WhenSeen keep className={classes.later}>
        <FigurePanel
          kind="parallel"
          title="All at once"
          runs={ids}
          bundle="strict"
          help="A line for each run, from orange for the poorest to blue for the best. Drag along an axis to pick runs, and an axis by its name to move it."
        />
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
        {missing.length > 0 ? 'None of the chosen runs is there' : 'Nothing to compare yet'}
      </Title>
      <Absent runs={missing} />
      <Text c="dimmed" maw={420}>
        This page lays the chosen runs side by side: their settings, curves, gradient flow, cost and speed. The eye beside a run chooses it.
      </Text>
      <Button component={Link} to="/" search={keepView as never} mt="xs">
        Choose runs
      </Button>
    </Stack>
  )
}
