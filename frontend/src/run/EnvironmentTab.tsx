// The software and the device that the run's newest attempt ran on.
import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { Run } from '../api/types'
import { isByWorkers } from '../model/status'
import { flat } from './flat'
import { Loaded, Nothing } from './Loaded'
import classes from './run.module.css'
import { TablePanel } from './TablePanel'

export function EnvironmentTab({ run }: { run: Run }) {
  const asked = useQuery({
    queryKey: ['environment', run.id, run.attempt],
    queryFn: async () => (await answer(api.GET('/api/v1/runs/{run_id}/environment', { params: { path: { run_id: run.id } } }))).data,
  })
  return (
    <Loaded asked={asked} wanted="load the environment" nothing="There is none.">
      {({ environment, titles }) =>
        environment === null ? (
          <Nothing>{isByWorkers(run) ? 'Not available yet: recorded when a worker starts the run.' : 'Recorded only for runs that a worker starts.'}</Nothing>
        ) : (
          <TablePanel title="Environment" label="Environment of the newest attempt">
            {rowsOf(environment, titles).map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">{name}</Table.Th>
                <Table.Td className={classes.value ?? ''}>{value}</Table.Td>
              </Table.Tr>
            ))}
          </TablePanel>
        )
      }
    </Loaded>
  )
}

/** Without the spec, which older runs have here too: it has its own tab. */
function rowsOf({ spec: _, ...facts }: Readonly<Record<string, unknown>>, titles: Readonly<Record<string, string>>): [name: string, text: string][] {
  return Object.entries(facts).flatMap(([key, fact]) => {
    const title = titles[key] ?? key
    return flat({ fact }).map(([path, text]): [string, string] => [path === 'fact' ? title : `${title}: ${path.slice('fact.'.length)}`, text])
  })
}
