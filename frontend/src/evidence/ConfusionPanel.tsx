// The confusion difference of two configurations, which are chosen here.
import { NativeSelect } from '@mantine/core'

import { cardOf } from '../api/figures'
import type { Measured } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'
import { Panel } from '../ui/Panel'
import { useViewPart } from '../view/useView'
import classes from './evidence.module.css'
import { pairIn, runsOfPair } from './pair'

export function ConfusionPanel({ cells }: { cells: Measured['cells'] }) {
  const [chosen, choose] = useViewPart('cells')
  const [first, second] = pairIn(cells, chosen)
  const pair = [cells[first], cells[second]]
  if (cells.length < 2) {
    return (
      <Panel title={cardOf('confusion-difference').title}>
        <p className={classes.note}>Needs two configurations to compare.</p>
      </Panel>
    )
  }
  return (
    <FigurePanel
      kind="confusion-difference"
      runs={pair.flatMap((cell) => cell?.runs ?? [])}
      actions={
        <>
          <CellChoice label="First" cells={cells} without={second} value={first} onChoose={(place) => { choose(runsOfPair(cells, [place, second])) }} />
          <CellChoice label="Second" cells={cells} without={first} value={second} onChoose={(place) => { choose(runsOfPair(cells, [first, place])) }} />
        </>
      }
    />
  )
}

interface CellChoiceProps {
  label: string
  cells: Measured['cells']
  /** The place that the other choice has. */
  without: number
  value: number
  onChoose: (place: number) => void
}

function CellChoice({ label, cells, without, value, onChoose }: CellChoiceProps) {
  return (
    <NativeSelect
      size="xs"
      className={classes.cellChoice ?? ''}
      aria-label={label}
      value={value}
      data={cells.map((cell, place) => ({ value: String(place), label: cell.label, disabled: place === without }))}
      onChange={({ currentTarget }) => {
        onChoose(Number(currentTarget.value))
      }}
    />
  )
}
