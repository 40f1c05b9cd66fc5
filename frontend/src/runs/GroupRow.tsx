// The heading of a group of rows: how many, how good on average, and one eye for all of them.
import { ActionIcon, Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { CSSProperties, Ref } from 'react'

import { addressOf } from '../evidence/addresses'
import { plural } from '../lib/format'
import { bestOfGroup } from '../model/best'
import { useSelection } from '../model/selection'
import { EyeIcon, EyeOffIcon } from '../ui/icons'
import { keepView } from '../view/keepView'
import { useView } from '../view/useView'
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
  const { group } = useView()
  const experiment = group === 'experiment' ? rows[0]?.run.experiment : undefined
  const ids = rows.map(({ run }) => run.id)
  const some = rows.some((row) => row.shown)
  const best = bestOfGroup(rows.map(({ run }) => run))
  return (
    <tr {...place} role="row" className={classes.groupRow}>
      <td role="cell" className={classes.groupCell}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`${some ? 'Hide' : 'Show'} runs of ${title}`}
          title={some ? 'Hide group' : 'Show group'}
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
          {best && ` · ${best}`}
        </span>
        {experiment && <ExperimentLinks id={experiment.id} />}
      </td>
    </tr>
  )
}

function ExperimentLinks({ id }: { id: number }) {
  return (
    <span className={classes.groupLinks}>
      <Anchor size="xs" renderRoot={(props) => <Link to="/evidence/$experiment" params={{ experiment: String(id) }} search={keepView} {...props} />}>
        Evidence
      </Anchor>
      <Anchor size="xs" href={addressOf('report.html', { experiment: id })} target="_blank" rel="noreferrer">
        Report
      </Anchor>
    </span>
  )
}
