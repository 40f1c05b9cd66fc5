// Which runs the claims are evaluated on, the target accuracy, and the report.
import { NativeSelect, NumberInput, Text } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'

import { percentOf, plural } from '../lib/format'
import { useLabPart } from '../live/hooks'
import { Panel } from '../ui/Panel'
import type { View } from '../view/urlState'
import { useView, useViewPart } from '../view/useView'
import { runsOf, type Asked, type Known } from './asked'
import classes from './evidence.module.css'
import { ReportMenu } from './ReportMenu'

interface SourcePanelProps {
  asked: Asked
  experiments: readonly Known[]
  /** How many runs were evaluated; undefined while loading. */
  count: number | undefined
  /** The target accuracy that the server used; undefined while loading. */
  used: number | undefined
}

const CHOSEN = 'chosen'

export function SourcePanel({ asked, experiments, count, used }: SourcePanelProps) {
  const { target } = useView()
  return (
    <Panel title="Evidence" aside={<Progress asked={asked} />} actions={count !== undefined && count > 0 && <ReportMenu asked={asked} />}>
      <div className={classes.source}>
        <SourceField asked={asked} experiments={experiments} />
        <TargetField used={used} />
        <Text size="sm" c="dimmed" className={classes.rule ?? ''}>
          {count === 0
            ? 'A claim states a measure, the configurations to compare and the expected outcome before the data. Launch the missing runs below to get a verdict: supported, refuted or inconclusive, based on the 95% CI across seeds.'
            : 'Claims are pre-registered: each verdict follows a rule fixed in advance, based on the 95% CI across seeds (min. 3 per configuration). Confounders are listed.'}
          {target !== undefined && ' Times to a target other than the claim’s own are shown but get no verdict.'}
        </Text>
      </div>
    </Panel>
  )
}

function SourceField({ asked, experiments }: Pick<SourcePanelProps, 'asked' | 'experiments'>) {
  const navigate = useNavigate()
  const { runs: chosen = [] } = useView()
  const named = 'experiment' in asked ? asked.experiment : null
  const unheld = named !== null && !experiments.some(({ id }) => id === named) ? [{ value: String(named), label: `Experiment ${named}` }] : []
  const own = named === null || chosen.length > 0 ? [{ value: CHOSEN, label: named === null && chosen.length === 0 ? 'Latest runs' : `Selected runs (${chosen.length})` }] : []
  return (
    <NativeSelect
      label="Experiment"
      value={named === null ? CHOSEN : String(named)}
      data={[...experiments.map(({ id, name, runs }) => ({ value: String(id), label: `#${id} ${name} (${plural(runs.length, 'run')})` })), ...unheld, ...own]}
      onChange={({ currentTarget: { value } }) => {
        const search = ({ claim: _, ...view }: View): View => view
        if (value === CHOSEN) void navigate({ to: '/evidence', search })
        else void navigate({ to: '/evidence/$experiment', params: { experiment: value }, search })
      }}
    />
  )
}

function TargetField({ used }: Pick<SourcePanelProps, 'used'>) {
  const [target, setTarget] = useViewPart('target')
  // Wait until typing has paused.
  const settle = useDebouncedCallback((value: number | string) => {
    setTarget(typeof value === 'number' && value > 0 && value < 100 ? value / 100 : undefined)
  }, 500)
  return (
    <NumberInput
      label="Target accuracy"
      className={classes.target ?? ''}
      suffix="%"
      placeholder={used === undefined ? '' : percentOf(used)}
      min={1}
      max={99}
      allowDecimal={false}
      clampBehavior="blur"
      hideControls
      key={target}
      defaultValue={target === undefined ? '' : Math.round(target * 100)}
      onChange={settle}
    />
  )
}

function Progress({ asked }: { asked: Asked }) {
  const runs = useLabPart('runs')
  const own = runsOf(asked, runs)
  const finished = own.filter(({ status }) => status === 'finished').length
  if (own.length === 0) return null
  return (
    <Text component="span" size="xs" c="dimmed">
      {finished === own.length ? plural(own.length, 'finished run') : `${finished} of ${plural(own.length, 'run')} finished`}
    </Text>
  )
}
