// The evidence as figures, all built by the lab: the same ones that the report and a notebook draw.
import { NativeSelect, type NativeSelectProps } from '@mantine/core'
import type { ReactNode } from 'react'

import type { Measured } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'
import { WhenSeen } from '../ui/WhenSeen'
import { CURVE_KEYS, TIME_UNITS } from '../view/urlState'
import { useViewPart } from '../view/useView'
import { ConfusionPanel } from './ConfusionPanel'
import { CostPanel } from './CostPanel'
import classes from './evidence.module.css'
import { wordOf } from './kinds'

interface FiguresProps {
  runs: readonly number[]
  cells: Measured['cells']
  target: number | undefined
}

export function Figures({ runs, cells, target }: FiguresProps) {
  const timed = target === undefined ? {} : { target }
  return (
    <section className={classes.figures} aria-label="Figures">
      <Wide>
        <FigurePanel
          kind="forest"
          title="Effects of the claims"
          runs={runs}
          options={timed}
          help="In pooled standard deviations, so that points and epochs share an axis. Shaded: the side that is claimed. A claim is supported when its whole interval lies there."
        />
      </Wide>
      <Half>
        <CurvesFigure runs={runs} />
      </Half>
      <Half>
        <FigurePanel kind="gap" title="Generalisation gap" runs={runs} help="Training minus test accuracy, both in eval mode; mean over seeds." />
      </Half>
      <Half>
        <TargetsFigure runs={runs} timed={timed} />
      </Half>
      <Half>
        <CostPanel runs={runs} />
      </Half>
      <Wide>
        <FigurePanel kind="gradients" title="Gradient flow" runs={runs} help="One colour scale for all: each row is a block, from the input on; each column an epoch." />
      </Wide>
      <Half>
        <FigurePanel kind="gradient-ratio" title="First block against last" runs={runs} help="Below 0 the gradient fades on its way back to the input." />
      </Half>
      <Half>
        <ConfusionPanel cells={cells} />
      </Half>
      <Wide>
        <FigurePanel kind="update-ratio" title="Step by weight" runs={runs} help="How far a step moves each layer, by the size of its weight: what the gradient comes to in the end." />
      </Wide>
    </section>
  )
}

const Wide = ({ children }: { children: ReactNode }) => <WhenSeen keep className={`${classes.place ?? ''} ${classes.whole ?? ''}`}>{children}</WhenSeen>

const Half = ({ children }: { children: ReactNode }) => <WhenSeen keep className={classes.place}>{children}</WhenSeen>

function CurvesFigure({ runs }: { runs: readonly number[] }) {
  const [key = 'test/accuracy', setKey] = useViewPart('curve')
  return (
    <FigurePanel
      kind="curves"
      title="Curves"
      runs={runs}
      options={{ key }}
      help="Mean over the seeds of each cell, with the 95 % interval of the mean where there are 3."
      actions={<Choice label="Metric" choices={CURVE_KEYS} value={key} onChoose={setKey} />}
    />
  )
}

function TargetsFigure({ runs, timed }: { runs: readonly number[]; timed: { target?: number } }) {
  const [time = 'epochs', setTime] = useViewPart('unit')
  return (
    <FigurePanel
      kind="targets"
      title="Time to a target accuracy"
      runs={runs}
      options={{ ...timed, time }}
      help="Where some runs never got there, all times are cut at the budget that all had; no run is dropped."
      actions={<Choice label="Measured in" choices={TIME_UNITS} value={time} onChoose={setTime} />}
    />
  )
}

interface ChoiceProps<T extends string> extends Omit<NativeSelectProps, 'value' | 'onChange' | 'data'> {
  label: string
  choices: readonly T[]
  value: T
  onChoose: (value: T) => void
}

function Choice<T extends string>({ label, choices, value, onChoose }: ChoiceProps<T>) {
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={value}
      data={choices.map((each) => ({ value: each, label: wordOf(each) }))}
      onChange={({ currentTarget }) => {
        const chosen = choices.find((each) => each === currentTarget.value)
        if (chosen) onChoose(chosen)
      }}
    />
  )
}
