// The measures: per configuration as mean ± SD over seeds, or per run; and as a file.
import { Button, SegmentedControl } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import type { Measured, MeasureCard } from '../api/types'
import { percentOf } from '../lib/format'
import { useLabPart } from '../live/hooks'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import { keepView } from '../view/keepView'
import type { MeasureRows } from '../view/urlState'
import { useViewPart } from '../view/useView'
import { addressOf } from './addresses'
import type { Asked } from './asked'
import { bestCells } from './best'
import classes from './evidence.module.css'

const ROWS: { value: MeasureRows; label: string }[] = [
  { value: 'cells', label: 'Configurations' },
  { value: 'runs', label: 'Runs' },
]

export function MeasuresPanel({ measured, asked }: { measured: Measured; asked: Asked }) {
  const [rows = 'cells', setRows] = useViewPart('rows')
  const Body = rows === 'cells' ? CellRows : RunRows
  return (
    <Panel
      title="Measures"
      actions={
        <>
          <SegmentedControl size="xs" aria-label="Rows" data={ROWS} value={rows} onChange={(next) => { setRows(next === 'cells' ? undefined : next) }} />
          <Button component="a" size="xs" variant="default" href={addressOf('evidence/measures.csv', asked, measured.target)} download="skiplab-measures.csv">
            CSV
          </Button>
        </>
      }
    >
      <Scroll label="Measures of the runs">
        <table className={classes.measures}>
          <thead>
            <tr>
              <th scope="col" className={classes.corner}>
                {rows === 'cells' ? 'Configuration' : 'Run'}
              </th>
              {rows === 'cells' && <th scope="col" className={classes.number}>n</th>}
              {measured.measures.map((card) => (
                <th key={card.key} scope="col" className={classes.number} title={BETTER[card.better]}>
                  {headOf(card, measured.target)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Body measured={measured} />
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}

const BETTER: Readonly<Record<MeasureCard['better'], string | undefined>> = { higher: 'Higher is better', lower: 'Lower is better', none: undefined }

function headOf({ label, unit, kind }: MeasureCard, target: number): string {
  const hundredths = unit === '%' || unit === 'pp' ? ` (${unit})` : ''
  return `${label}${hundredths}${kind === 'time' ? ` (${percentOf(target)})` : ''}`
}

function CellRows({ measured: { cells, measures } }: { measured: Measured }) {
  const best = bestCells(cells, measures)
  return cells.map(({ label, runs, seeds, summaries }, place) => (
    <tr key={runs[0]}>
      <th scope="row" className={classes.corner}>
        {label}
      </th>
      <td className={classes.number}>{seeds.length}</td>
      {measures.map(({ key }) => (
        <td key={key} className={classes.number} data-best={best[key] === place}>
          {summaries[key]?.text ?? '–'}
        </td>
      ))}
    </tr>
  ))
}

function RunRows({ measured: { runs, measures } }: { measured: Measured }) {
  const held = useLabPart('runs')
  return runs.map(({ run, texts }) => (
    <tr key={run}>
      <th scope="row" className={classes.corner}>
        <Link to="/runs/$run" params={{ run: String(run) }} search={keepView}>
          #{run} {held.get(run)?.name}
        </Link>
      </th>
      {measures.map(({ key }) => (
        <td key={key} className={classes.number}>
          {texts[key] ?? '–'}
        </td>
      ))}
    </tr>
  ))
}
