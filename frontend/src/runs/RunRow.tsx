// One row of the table. Re-rendered only when its run or position changes: events arrive many times a second.
import { FlexRender, type Row as TableRow } from '@tanstack/react-table'
import { memo, type Ref } from 'react'

import { useHighlightOn, type SetHighlight } from '../model/highlight'
import type { features, Row, RunColumns } from './columns'
import classes from './runs.module.css'

interface RunRowProps {
  row: TableRow<typeof features, Row>
  /** What the cells are made of. */
  columns: RunColumns
  /** Among the table's rows. */
  index: number
  /** Pixels from the top of the table. */
  start: number
  cursor: boolean
  measure: Ref<HTMLTableRowElement>
  onFocus: SetHighlight
}

export const RunRow = memo(
  function RunRow({ row, index, start, cursor, measure, onFocus }: RunRowProps) {
    const { run, shown } = row.original
    const bringOut = useHighlightOn(shown ? run.id : null, onFocus, cursor)
    return (
      <tr
        ref={measure}
        data-index={index}
        aria-rowindex={index + 2}
        style={{ transform: `translateY(${start}px)` }}
        role="row"
        className={classes.row}
        data-run={run.id}
        data-shown={shown}
        data-cursor={cursor}
        {...bringOut}
      >
        {row.getAllCells().map((cell) => (
          <td key={cell.id} role="cell" data-column={cell.column.id}>
            <FlexRender cell={cell} />
          </td>
        ))}
      </tr>
    )
  },
  (before, { row: { original }, ...after }) => {
    const { run, runStyle, shown } = before.row.original
    return (
      run === original.run &&
      runStyle === original.runStyle &&
      shown === original.shown &&
      before.columns === after.columns &&
      before.index === after.index &&
      before.start === after.start &&
      before.cursor === after.cursor
    )
  },
)
