// The table of runs: one row a run, newest first unless sorted otherwise.
import { ActionIcon } from '@mantine/core'
import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  tableFeatures,
  useTable,
  type SortingState,
} from '@tanstack/react-table'
import { useMemo } from 'react'

import type { Run } from '../api/types'
import { useLab } from '../live/hooks'
import { PLAIN_LOOK, type Look } from '../theme/palette'
import { ArrowIcon, EyeIcon, EyeOffIcon } from '../ui/icons'
import type { Sort } from '../view/search'
import { useSelection, useSort } from '../view/useView'
import { CancelButton } from './CancelButton'
import { BestCell, NameCell, ShowCell } from './cells'
import { useFocus } from './focus'
import classes from './runs.module.css'
import { ACTIVE } from './status'
import { StatusCell } from './StatusCell'
import { useLooks } from './useLooks'

interface Row {
  run: Run
  look: Look
  shown: boolean
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric },
})

const column = createColumnHelper<typeof features, Row>()

const columns = column.columns([
  column.display({ id: 'show', header: () => <ShowAll />, cell: ({ row }) => <ShowCell {...row.original} /> }),
  column.accessor(({ run }) => run.name, {
    id: 'name',
    header: 'Run',
    sortFn: 'alphanumeric',
    cell: ({ row }) => <NameCell {...row.original} />,
  }),
  column.display({ id: 'status', header: 'Status', cell: ({ row }) => <StatusCell run={row.original.run} /> }),
  column.accessor(({ run }) => run.best?.value, {
    id: 'best',
    header: 'Best test',
    sortUndefined: 'last',
    sortDescFirst: true,
    cell: ({ row }) => <BestCell run={row.original.run} />,
  }),
  column.display({
    id: 'actions',
    header: () => <span className={classes.unseen}>Actions</span>,
    cell: ({ row: { original } }) => (ACTIVE.has(original.run.status) ? <CancelButton run={original.run} /> : null),
  }),
])

export function RunTable() {
  const rows = useRows()
  const [sort, setSort] = useSort()
  const sorting = useMemo(() => toSorting(sort), [sort])
  const [, setFocus] = useFocus()
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

  // Roles are spelt out: laid out as a grid, table elements lose their own.
  return (
    <table role="table" className={classes.table} aria-label="Runs">
      <thead role="rowgroup">
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id} role="row" className={classes.row}>
            {group.headers.map((header) => {
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
      <tbody role="rowgroup">
        {table.getRowModel().rows.map((row) => (
          <tr
            key={row.id}
            role="row"
            className={classes.row}
            data-run={row.id}
            data-shown={row.original.shown}
            onMouseEnter={() => {
              setFocus(row.original.shown ? row.original.run.id : null)
            }}
            onMouseLeave={() => {
              setFocus(null)
            }}
          >
            {row.getAllCells().map((cell) => (
              <td key={cell.id} role="cell" data-column={cell.column.id}>
                <table.FlexRender cell={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function useRows(): Row[] {
  const { runs } = useLab()
  const looks = useLooks()
  const { shown } = useSelection()
  return useMemo(() => {
    const visible = new Set(shown)
    return [...runs.values()]
      .sort((a, b) => b.id - a.id)
      .map((run) => ({ run, look: looks.get(run.id) ?? PLAIN_LOOK, shown: visible.has(run.id) }))
  }, [runs, looks, shown])
}

function ShowAll() {
  const { runs } = useLab()
  const { shown, show } = useSelection()
  const some = shown.length > 0
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={some ? 'Hide all runs from the charts' : 'Show all runs in the charts'}
      title={some ? 'Hide all' : 'Show all'}
      onClick={() => {
        show(some ? [] : [...runs.keys()].sort((a, b) => a - b))
      }}
    >
      {some ? <EyeIcon size={16} /> : <EyeOffIcon size={16} />}
    </ActionIcon>
  )
}

function toSorting(sort: Sort): SortingState {
  if (sort === '-id') return []
  return [{ id: sort.replace('-', ''), desc: sort.startsWith('-') }]
}

function fromSorting([first]: SortingState): Sort {
  if (first === undefined) return '-id'
  return `${first.desc ? '-' : ''}${first.id}` as Sort
}
