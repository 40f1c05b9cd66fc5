// The heading of a group of rows: how many, how good on average, and one eye for all of them.
import { ActionIcon } from '@mantine/core'
import type { CSSProperties, Ref } from 'react'

import { percent, plural } from '../ui/format'
import { EyeIcon, EyeOffIcon } from '../ui/icons'
import { useSelection } from '../view/useView'
import type { Row } from './columns'
import classes from './runs.module.css'

interface GroupRowProps {
  title: string
  rows: readonly Row[]
  ref: Ref<HTMLTableRowElement>
  style: CSSProperties
  'data-index': number
  'aria-rowindex': number
}

export function GroupRow({ title, rows, ...place }: GroupRowProps) {
  const { shown, show } = useSelection()
  const ids = rows.map(({ run }) => run.id)
  const some = rows.some((row) => row.shown)
  const best = rows.flatMap(({ run }) => (run.best ? [run.best.value] : []))
  return (
    <tr {...place} role="row" className={classes.groupRow}>
      <td role="cell" className={classes.groupCell}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`${some ? 'Hide' : 'Show'} the runs of ${title}`}
          title={some ? 'Hide all of these' : 'Show all of these'}
          onClick={() => {
            const others = shown.filter((id) => !ids.includes(id))
            show((some ? others : [...others, ...ids]).toSorted((a, b) => a - b))
          }}
        >
          {some ? <EyeIcon size={16} /> : <EyeOffIcon size={16} />}
        </ActionIcon>
        <span className={classes.groupTitle}>{title}</span>
        <span className={classes.detail}>
          {plural(rows.length, 'run')}
          {best.length > 1 && ` · best ${percent(Math.max(...best))}, mean ${percent(best.reduce((sum, value) => sum + value, 0) / best.length)}`}
        </span>
      </td>
    </tr>
  )
}
