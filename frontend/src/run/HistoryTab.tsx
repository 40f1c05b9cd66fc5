// Every change of the run's status, with its cause.
import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { Run } from '../api/types'
import { exactTime } from '../lib/format'
import { Loaded } from './Loaded'
import { TablePanel } from './TablePanel'

export function HistoryTab({ run }: { run: Run }) {
  const asked = useQuery({
    queryKey: ['history', run.id, run.status, run.attempt],
    queryFn: async () => (await answer(api.GET('/api/v1/runs/{run_id}/history', { params: { path: { run_id: run.id } } }))).data.items,
  })
  return (
    <Loaded asked={asked} wanted="load the history" nothing="There is no history.">
      {(items) => (
        <TablePanel title="History" head={['Time', 'Status', 'Reason', 'Attempt', 'Epochs done']} label="Changes of the run's status">
          {items.map(({ time, status, cause, attempt, epoch }) => (
            <Table.Tr key={`${time} ${status}`}>
              <Table.Td>
                <time dateTime={time}>{exactTime(time)}</time>
              </Table.Td>
              <Table.Td>{status}</Table.Td>
              <Table.Td>{cause}</Table.Td>
              <Table.Td>{attempt}</Table.Td>
              <Table.Td>{epoch}</Table.Td>
            </Table.Tr>
          ))}
        </TablePanel>
      )}
    </Loaded>
  )
}
