// What the run was trained with, and how busy the machine was meanwhile.
import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { Run } from '../api/types'
import { Loaded, Nothing } from './Loaded'
import classes from './run.module.css'
import { TablePanel } from './TablePanel'

export function EnvironmentTab({ run }: { run: Run }) {
  const asked = useQuery({
    queryKey: ['environment', run.id, run.attempt],
    queryFn: async () => (await answer(api.GET('/api/v1/runs/{run_id}/environment', { params: { path: { run_id: run.id } } }))).data.environment ?? null,
  })
  return (
    <Loaded asked={asked} wanted="load the environment" nothing="There is none.">
      {(environment) =>
        environment === null ? (
          <Nothing>Not available yet: recorded when a worker starts the run.</Nothing>
        ) : (
          <TablePanel title="Environment" label="Environment of the newest attempt">
            {flat(environment).map(([name, value]) => (
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

/** `{torch: {version: 2}}` as `torch.version`, 2. The spec has a tab of its own. */
function flat(value: Record<string, unknown>, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([name, each]): [string, string][] => {
    const path = `${prefix}${name}`
    if (path === 'spec') return []
    if (typeof each === 'object' && each !== null && !Array.isArray(each)) return flat(each as Record<string, unknown>, `${path}.`)
    return [[path, each === null || each === undefined ? '–' : typeof each === 'string' ? each : JSON.stringify(each)]]
  })
}
