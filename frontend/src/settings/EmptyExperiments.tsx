// Experiments whose runs are all deleted: they are in no list of runs, and can go.
import { Button, Table, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'

import { answer, api, done } from '../api/client'
import { asProblem } from '../api/problem'
import type { components } from '../api/schema'
import { dateTime } from '../lib/format'
import { useEventCount } from '../live/hooks'
import { Confirm } from '../ui/Confirm'
import { Panel } from '../ui/Panel'
import { useOnce } from '../ui/useOnce'

type Experiment = components['schemas']['Experiment']

const KEY = ['empty experiments']

export function EmptyExperiments() {
  const removed = useEventCount('experiment_removed')
  const { data = [] } = useQuery({
    queryKey: [...KEY, removed],
    queryFn: async () => (await answer(api.GET('/api/v1/experiments', { params: { query: { empty: true } } }))).data.items,
  })
  if (data.length === 0) return null
  return (
    <Panel title="Empty experiments" aside={<Text size="xs" c="dimmed">all their runs were deleted</Text>}>
      <Table aria-label="Empty experiments">
        <Table.Tbody>
          {data.map((experiment) => (
            <EmptyExperiment key={experiment.id} experiment={experiment} />
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  )
}

function EmptyExperiment({ experiment: { id, name, created_at: created } }: { experiment: Experiment }) {
  const queries = useQueryClient()
  const remove = useOnce<unknown, unknown, undefined>({
    mutationFn: () => done(api.DELETE('/api/v1/experiments/{experiment_id}', { params: { path: { experiment_id: id } } })),
    onError: (error) => {
      notifications.show({ color: 'red', title: `Could not delete experiment ${id}`, message: asProblem(error).message })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  })
  return (
    <Table.Tr>
      <Table.Td>
        #{id} {name}
      </Table.Td>
      <Table.Td>{dateTime(created)}</Table.Td>
      <Table.Td ta="right">
        <Confirm>
          {(ask) => (
            <Button
              size="compact-xs"
              variant="default"
              loading={remove.isPending}
              aria-label={`Delete experiment ${id}, ${name}`}
              onClick={() => {
                ask({ title: `Delete ${name}?`, text: 'It has no runs. This cannot be undone.', go: 'Delete experiment', onGo: () => { remove.mutate(undefined) } })
              }}
            >
              Delete
            </Button>
          )}
        </Confirm>
      </Table.Td>
    </Table.Tr>
  )
}
