// The test images that the network is surest about, and wrong.
import { Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { Run } from '../api/types'
import { percent, whole } from '../ui/format'
import { Asked, Nothing } from './Asked'
import { TablePanel } from './TablePanel'

export function MistakesTab({ run }: { run: Run }) {
  const asked = useQuery({
    queryKey: ['mistakes', run.id, run.epoch],
    queryFn: async () => (await answer(api.GET('/api/v1/runs/{run_id}/mistakes', { params: { path: { run_id: run.id } } }))).data,
    retry: false,
  })
  const nothing = 'Nothing yet: mistakes are kept at the end of each epoch, if the spec’s telemetry has classes.'
  return (
    <Asked asked={asked} wanted="load the mistakes" nothing={nothing}>
      {({ epoch, classes: names, items }) =>
        items.length === 0 ? (
          <Nothing>{nothing}</Nothing>
        ) : (
          <TablePanel title="Surest mistakes" head={['Test image', 'Is', 'Taken for', 'With confidence']} aside={<Text size="xs" c="dimmed">epoch {epoch}</Text>}>
            {items.map(({ image, label, predicted, confidence }) => (
              <Table.Tr key={image}>
                <Table.Td>{whole(image)}</Table.Td>
                <Table.Td>{names?.[label] ?? label}</Table.Td>
                <Table.Td>{names?.[predicted] ?? predicted}</Table.Td>
                <Table.Td>{percent(confidence)}</Table.Td>
              </Table.Tr>
            ))}
          </TablePanel>
        )
      }
    </Asked>
  )
}
