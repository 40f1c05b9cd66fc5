// How busy a run's machine is, by its trainer's newest look.
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { loadText } from './loadText'

/** As often as the trainer looks. */
const EVERY_MS = 5_000

export function Load({ run }: { run: number }) {
  const { data: newest } = useQuery({
    queryKey: ['load', run],
    queryFn: async () => {
      const params = { path: { run_id: run }, query: { newest: 1 } }
      return (await answer(api.GET('/api/v1/runs/{run_id}/system', { params }))).data.items[0] ?? null
    },
    refetchInterval: EVERY_MS,
  })
  return (
    <Text size="xs" c="dimmed">
      {newest ? loadText(newest) : ''}
    </Text>
  )
}
