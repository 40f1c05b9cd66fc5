// Every field of the resolved spec, what differs from the default, and the difference from another run. Of other kinds: the config.
import { NativeSelect, Stack, Table, Text } from '@mantine/core'

import { isLabRun, type LabRun, type Run, type RunSpec } from '../api/types'
import { useLabPart } from '../live/hooks'
import { written } from '../model/attributes'
import { FIELDS } from '../model/fields'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import { useViewPart } from '../view/useView'
import { flat } from './flat'
import { Nothing } from './Loaded'
import classes from './run.module.css'
import { TablePanel } from './TablePanel'

const MOST_OFFERED = 200

export function ConfigTab({ run }: { run: Run }) {
  return isLabRun(run) ? <SpecPanel run={run} /> : <OwnConfig run={run} />
}

/** Config and summary of a run of another kind, as its client logged them. */
function OwnConfig({ run: { config, summary } }: { run: Run }) {
  const [settings, results] = [flat(config ?? {}), flat(summary ?? {})]
  return (
    <Stack gap="md">
      {settings.length === 0 ? <Nothing>No config was logged.</Nothing> : <Facts title="Settings" label="Settings of the run" rows={settings} />}
      {results.length > 0 && <Facts title="Summary" label="Summary of the run" rows={results} />}
    </Stack>
  )
}

function Facts({ title, label, rows }: { title: string; label: string; rows: readonly (readonly [path: string, text: string])[] }) {
  return (
    <TablePanel title={title} label={label}>
      {rows.map(([path, text]) => (
        <Table.Tr key={path}>
          <Table.Th scope="row">{path}</Table.Th>
          <Table.Td>{text}</Table.Td>
        </Table.Tr>
      ))}
    </TablePanel>
  )
}

function SpecPanel({ run }: { run: LabRun }) {
  const runs = useLabPart('settled')
  const [against, setAgainst] = useViewPart('against')
  const others = [...runs.values()].filter(isLabRun).filter(({ id }) => id !== run.id).sort((a, b) => b.id - a.id)
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
