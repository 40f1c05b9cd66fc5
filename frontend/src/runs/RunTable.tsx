// The table of runs: one row a run, newest first unless sorted otherwise. Only the rows in sight are drawn.
import { useNavigate } from '@tanstack/react-router'
import { useTable, type SortingState } from '@tanstack/react-table'
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState, type CSSProperties } from 'react'

import { useNetworkName } from '../api/catalog'
import { arranged, groupOf } from '../model/arrange'
import { useHighlight } from '../model/highlight'
import { useShownRuns, useToggle } from '../model/selection'
import { useRunStyles } from '../model/useRunStyles'
import { PLAIN_STYLE } from '../theme/palette'
import { ArrowIcon } from '../ui/icons'
import { useKeys } from '../ui/useKeys'
import { keepView } from '../view/keepView'
import { useViewPart } from '../view/useView'
import { columnsWith, features, template, type Row } from './columns'
import { GroupRow } from './GroupRow'
import { RowWindow } from './rowWindow'
import { RunRow } from './RunRow'
import classes from './runs.module.css'
import { useListed } from './useListed'
import { useAttributes } from './useMeasures'

const NO_COLUMNS: readonly string[] = []

/** A guess until a row has been measured: a wide row, and the heading of a group. */
const HEIGHTS = { run: 68, group: 38 }

export function RunTable() {
  const rows = useRows()
  const [sort = '-id', setSort] = useViewPart('sort')
  const [chosen = NO_COLUMNS] = useViewPart('columns')
  const [group] = useViewPart('group')
  const networkName = useNetworkName()
  const sorting = useMemo(() => toSorting(sort), [sort])
  const { runs } = useListed()
  const attributes = useAttributes(chosen, runs)
  const columns = useMemo(() => columnsWith(attributes), [attributes])
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: ({ run }) => String(run.id),
    enableMultiSort: false,
    state: { sorting },
    onSortingChange: (change) => {
      setSort(fromSorting(typeof change === 'function' ? change(sorting) : change))
    },
  })
  const items = arranged(table.getRowModel().rows, group && (({ original }) => groupOf(original.run, group, networkName)))
  const scroll = useRef<HTMLDivElement>(null)
  const [rowWindow] = useState(() => new RowWindow())
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are used in this render only
  const virtual: Virtualizer<HTMLDivElement, HTMLTableRowElement> = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: (place) => HEIGHTS[items[place]?.kind ?? 'run'],
    getItemKey: (place) => {
      const item = items[place]
      return item?.kind === 'run' ? item.row.id : (item?.key ?? place)
    },
    rangeExtractor: (sight) => rowWindow.rows(sight, virtual.isScrolling),
  })
  const cursor = useCursor(items.map((item) => (item.kind === 'run' ? item.row.original.run.id : null)), (place) => {
    virtual.scrollToIndex(place)
  })
  const [, setFocus] = useHighlight()

  // Roles are spelt out: laid out as a grid, table elements lose their own.
  return (
    <div ref={scroll} className={classes.scroll} tabIndex={-1}>
      <table
        role="table"
        className={classes.table}
        aria-label="Runs"
        aria-rowcount={items.length + 1}
        data-wide={attributes.length > 0}
        style={{ '--columns': template(attributes) } as CSSProperties}
      >
        <thead role="rowgroup">
          {table.getHeaderGroups().map((headers) => (
            <tr key={headers.id} role="row" className={classes.row} aria-rowindex={1}>
              {headers.headers.map((header) => {
                const sorted = header.column.getIsSorted()
                const content = <table.FlexRender header={header} />
                return (
                  <th
                    key={header.id}
                    role="columnheader"
                    data-column={header.column.id}
                    aria-sort={sorted === false ? undefined : sorted === 'asc' ? 'ascending' : 'descending'}
                  >
                    {header.column.getCanSort() ? (
                      <button type="button" className={classes.sort} onClick={header.column.getToggleSortingHandler()}>
                        {content}
                        {sorted !== false && <ArrowIcon up={sorted === 'asc'} />}
                      </button>
                    ) : (
                      content
                    )}
                  </th>
                )
              })}
            </tr>
          ))}
        </thead>
        <tbody role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ key, index, start }) => {
            const item = items[index]
            if (item === undefined) return null
            const place = { 'data-index': index, 'aria-rowindex': index + 2, ref: virtual.measureElement, style: { transform: `translateY(${start}px)` } }
            if (item.kind === 'group') return <GroupRow key={key} {...place} title={item.title} rows={item.rows.map(({ original }) => original)} />
            const marked = cursor === item.row.original.run.id
            return <RunRow key={key} row={item.row} columns={columns} index={index} start={start} cursor={marked} measure={virtual.measureElement} onFocus={setFocus} />
          })}
        </tbody>
      </table>
    </div>
  )
}

function useRows(): Row[] {
  const { runs } = useListed()
  const runStyles = useRunStyles()
  const shown = useShownRuns()
  return useMemo(() => {
    const visible = new Set(shown)
    return runs.map((run) => ({ run, runStyle: runStyles.get(run.id) ?? PLAIN_STYLE, shown: visible.has(run.id) }))
  }, [runs, runStyles, shown])
}

/** `j` and `k` walk over the rows, `x` is the eye, Enter opens, Escape leaves. */
function useCursor(ids: readonly (number | null)[], reveal: (place: number) => void): number | null {
  const [cursor, setCursor] = useState<number | null>(null)
  const toggle = useToggle()
  const navigate = useNavigate()
  const walk = (step: 1 | -1) => () => {
    let place = cursor === null ? (step === 1 ? -1 : ids.length) : ids.indexOf(cursor)
    do place += step
    while (place >= 0 && place < ids.length && ids[place] === null)
    const next = ids[place]
    if (next === null || next === undefined) return
    setCursor(next)
    reveal(place)
  }
  useKeys([
    ['j', walk(1)],
    ['k', walk(-1)],
    ['Escape', () => { setCursor(null) }],
    ['x', () => { if (cursor !== null) toggle(cursor) }],
    ['Enter', () => { if (cursor !== null) void navigate({ to: '/runs/$run', params: { run: String(cursor) }, search: keepView }) }],
  ])
  return cursor
}

function toSorting(sort: string): SortingState {
  if (sort === '-id') return []
  return [{ id: sort.replace(/^-/, ''), desc: sort.startsWith('-') }]
}

function fromSorting([first]: SortingState): string | undefined {
  return first && `${first.desc ? '-' : ''}${first.id}`
}
