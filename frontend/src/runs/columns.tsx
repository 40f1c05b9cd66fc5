// The table's columns: those that are always there, and those that people choose.
import { VisuallyHidden } from '@mantine/core'
import { createColumnHelper, createSortedRowModel, rowSortingFeature, sortFn_alphanumeric, sortFn_basic, tableFeatures } from '@tanstack/react-table'

import type { Run } from '../api/types'
import type { Look } from '../theme/palette'
import { BestCell, FactCell, NameCell, ShowCell } from './cells'
import { CancelButton } from './CancelButton'
import type { Fact } from './facts'
import { RunMenu } from './RunMenu'
import classes from './runs.module.css'
import { ShowAll } from './ShowAll'
import { ACTIVE } from './status'
import { StatusCell } from './StatusCell'

export interface Row {
  run: Run
  look: Look
  shown: boolean
}

export const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
})

const column = createColumnHelper<typeof features, Row>()

export type RunColumns = ReturnType<typeof columnsWith>

/** All columns, with these facts between the best value and the actions. */
export function columnsWith(facts: readonly Fact[]) {
  return column.columns([
    column.display({ id: 'show', header: () => <ShowAll />, cell: ({ row }) => <ShowCell {...row.original} /> }),
    column.accessor(({ run }) => run.name, {
      id: 'name',
      header: 'Run',
      sortFn: 'alphanumeric',
      cell: ({ row }) => <NameCell {...row.original} />,
    }),
    column.accessor(({ run }) => run.status, {
      id: 'status',
      header: 'Status',
      sortFn: 'basic',
      cell: ({ row }) => <StatusCell run={row.original.run} />,
    }),
    column.accessor(({ run }) => run.best?.value, {
      id: 'best',
      header: 'Best',
      sortUndefined: 'last',
      sortDescFirst: true,
      sortFn: 'basic',
      cell: ({ row }) => <BestCell {...row.original} />,
    }),
    ...facts.map((fact) =>
      column.accessor(({ run }) => fact.value(run), {
        id: fact.id,
        header: fact.title,
        sortUndefined: 'last',
        sortFn: 'basic',
        cell: ({ row }) => <FactCell text={fact.text(row.original.run)} />,
      }),
    ),
    column.display({
      id: 'actions',
      header: () => <VisuallyHidden>Actions</VisuallyHidden>,
      cell: ({ row: { original } }) => (
        <span className={classes.actions}>
          {ACTIVE.has(original.run.status) && <CancelButton run={original.run} />}
          <RunMenu run={original.run} />
        </span>
      ),
    }),
  ])
}

/** Widths of the grid that header and rows share. */
export function template(facts: readonly Fact[]): string {
  return ['30px', 'minmax(150px, 1fr)', '156px', '76px', ...facts.map(() => 'minmax(84px, 0.5fr)'), '64px'].join(' ')
}
