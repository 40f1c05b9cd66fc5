// Every field of the resolved spec, what differs from the default, and the difference from another run.
import { NativeSelect, Table, Text } from '@mantine/core'

import type { Run, RunSpec } from '../api/types'
import { useLabPart } from '../live/hooks'
import { written } from '../model/attributes'
import { FIELDS } from '../model/fields'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import { useViewPart } from '../view/useView'
import classes from './run.module.css'

const MOST_OFFERED = 200

export function ConfigTab({ run }: { run: Run }) {
  const runs = useLabPart('settled')
  const [against, setAgainst] = useViewPart('against')
  const others = [...runs.values()].filter(({ id }) => id !== run.id).sort((a, b) => b.id - a.id)
  const other = others.find(({ id }) => id === against)
  // A link may name an older one.
  const offered = others.filter((each, place) => place < MOST_OFFERED || each === other)
  return (
    <Panel
      title="Settings"
      actions={
        <NativeSelect
          size="xs"
          aria-label="Compare with another run"
          value={other?.id ?? ''}
          data={[{ value: '', label: 'Compare with…' }, ...offered.map(({ id, name }) => ({ value: String(id), label: `#${id} ${name}` }))]}
          onChange={({ currentTarget: { value } }) => {
            setAgainst(value === '' ? undefined : Number(value))
          }}
        />
      }
    >
      <Scroll label="Settings of the run" className={classes.whole}>
        <Table className={classes.table ?? ''}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Setting</Table.Th>
              <Table.Th>#{run.id}</Table.Th>
              <Table.Th>{other ? `#${other.id}` : 'Default'}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {FIELDS.map(({ name, title, byDefault }) => {
              const value = written(name, run.spec[name as keyof RunSpec])
              const beside = other ? written(name, other.spec[name as keyof RunSpec]) : byDefault === undefined ? '' : written(name, byDefault)
              return (
                <Table.Tr key={name} data-differs={beside !== '' && value !== beside}>
                  <Table.Th scope="row">
                    {title}
                    <Text component="span" size="xs" c="dimmed" ml={8}>
                      {name}
                    </Text>
                  </Table.Th>
                  <Table.Td>{value}</Table.Td>
                  <Table.Td>{beside || '–'}</Table.Td>
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Table>
      </Scroll>
    </Panel>
  )
}
