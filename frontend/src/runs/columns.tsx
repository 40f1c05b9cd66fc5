// The table's columns: fixed and chosen ones.
import { VisuallyHidden } from '@mantine/core'
import { createColumnHelper, createSortedRowModel, rowSortingFeature, sortFn_alphanumeric, sortFn_basic, tableFeatures } from '@tanstack/react-table'

import type { Run } from '../api/types'
import type { Attribute } from '../model/attributes'
import { ACTIVE } from '../model/status'
import type { RunStyle } from '../theme/palette'
import { CancelButton } from './CancelButton'
import { BestCell, FactCell, NameCell, ShowCell } from './cells'
import { RunMenu } from './RunMenu'
import classes from './runs.module.css'
import { ShowAll } from './ShowAll'
import { StatusCell } from './StatusCell'

export interface Row {
  run: Run
  runStyle: RunStyle
  shown: boolean
}

export const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
})

const column = createColumnHelper<typeof features, Row>()

export type RunColumns = ReturnType<typeof columnsWith>

/** All columns, with these attributes between the best value and the actions. */
export function columnsWith(attributes: readonly Attribute[]) {
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
    ...attributes.map((attribute) =>
      column.accessor(({ run }) => attribute.value(run), {
        id: attribute.id,
        header: attribute.title,
        sortUndefined: 'last',
        sortFn: 'basic',
        cell: ({ row }) => <FactCell text={attribute.text(row.original.run)} />,
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
export function template(attributes: readonly Attribute[]): string {
  return ['30px', 'minmax(150px, 1fr)', '156px', '76px', ...attributes.map(() => 'minmax(84px, 0.5fr)'), '64px'].join(' ')
}
