// Which columns the table has beyond those that are always there.
import { ActionIcon, Checkbox, Popover } from '@mantine/core'
import { useState } from 'react'

import { ColumnsIcon } from '../ui/icons'
import { toggled } from '../view/urlState'
import { useViewPart } from '../view/useView'
import classes from './runs.module.css'
import { useOffered } from './useMeasures'

export function ColumnMenu() {
  const [chosen = [], choose] = useViewPart('columns')
  const [open, setOpen] = useState(false)
  const offered = useOffered(open)
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="md" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant={chosen.length > 0 ? 'light' : 'default'} size="lg" aria-label="Columns" title="Columns" onClick={() => { setOpen(!open) }}>
          <ColumnsIcon size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={classes.columnList}>
        {offered.map(({ id, title }) => (
          <Checkbox
            key={id}
            size="xs"
            label={title}
            checked={chosen.includes(id)}
            onChange={() => {
              const next = toggled(chosen, id)
              choose(next.length > 0 ? next : undefined)
            }}
          />
        ))}
      </Popover.Dropdown>
    </Popover>
  )
}
