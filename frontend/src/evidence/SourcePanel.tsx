// Which runs are judged, to which accuracy times are taken, and the report of it all.
import { NativeSelect, NumberInput, Text } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'

import { plural } from '../lib/format'
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
  /** How many runs were judged; undefined while that is not known. */
  count: number | undefined
}

const CHOSEN = 'chosen'

export function SourcePanel({ asked, experiments, count }: SourcePanelProps) {
  const { target } = useView()
  return (
    <Panel title="Evidence" aside={<Progress asked={asked} />} actions={count !== undefined && count > 0 && <ReportMenu asked={asked} />}>
      <div className={classes.source}>
        <SourceField asked={asked} experiments={experiments} />
        <TargetField />
        <Text size="sm" c="dimmed" className={classes.rule ?? ''}>
          {count === 0
            ? 'A claim is a sentence with a measure, who is compared, and what must come out, written down before the runs. Launch what a claim lacks, here below, and the lab judges it: supported, refuted or inconclusive, by an interval over seeds.'
            : 'Each claim is judged by what is written in it, not by what came out: by the interval of a difference over seeds, 3 in each cell at least. Whatever makes a comparison unfair is named with it.'}
          {target !== undefined && ' Times to another target than the claim’s own are shown and get no verdict.'}
        </Text>
      </div>
    </Panel>
  )
}

function SourceField({ asked, experiments }: Omit<SourcePanelProps, 'count'>) {
  const navigate = useNavigate()
  const { runs: chosen = [] } = useView()
  const named = 'experiment' in asked ? asked.experiment : null
  const unheld = named !== null && !experiments.some(({ id }) => id === named) ? [{ value: String(named), label: `Experiment ${named}` }] : []
  const own = named === null || chosen.length > 0 ? [{ value: CHOSEN, label: named === null && chosen.length === 0 ? 'The newest runs' : `The chosen runs (${chosen.length})` }] : []
  return (
    <NativeSelect
      label="Judged on"
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

function TargetField() {
  const [target, setTarget] = useViewPart('target')
  // A number that is being typed is not meant yet.
  const settle = useDebouncedCallback((value: number | string) => {
    setTarget(typeof value === 'number' && value > 0 && value < 100 ? value / 100 : undefined)
  }, 500)
  return (
    <NumberInput
      label="Times are taken to"
      className={classes.target ?? ''}
      suffix=" %"
      placeholder="60 %"
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
