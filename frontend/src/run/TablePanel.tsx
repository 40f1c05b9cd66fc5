// A tab that is one table: a panel, a head of names, and rows.
import { Table } from '@mantine/core'
import type { ReactNode } from 'react'

import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import classes from './run.module.css'

interface TablePanelProps {
  title: string
  /** Names of the columns; none where the first cell of each row is its name. */
  head?: readonly string[]
  label?: string
  aside?: ReactNode
  children: ReactNode
}

export function TablePanel({ title, head, label, aside, children }: TablePanelProps) {
  return (
    <Panel title={title} aside={aside}>
      <Scroll label={label ?? title} className={classes.whole}>
        <Table className={classes.table ?? ''}>
          {head && (
            <Table.Thead>
              <Table.Tr>
                {head.map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
          )}
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </Scroll>
    </Panel>
  )
}
