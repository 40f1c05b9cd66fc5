// CPU, GPU and memory of a run's machine, by the trainer's newest sample; nothing once that is old.
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { Run } from '../api/types'
import { useNow } from '../ui/useNow'
import { ageOf, isOfNow, loadText } from './loadText'

/** As often as the trainer samples. */
const EVERY_MS = 5_000

export function Load({ run }: { run: Pick<Run, 'id' | 'spec'> }) {
  const now = useNow()
  const { data: newest, isError, dataUpdatedAt } = useQuery({
    queryKey: ['load', run.id],
    queryFn: async () => {
      const params = { path: { run_id: run.id }, query: { newest: 1 } }
      const { data, at } = await answer(api.GET('/api/v1/runs/{run_id}/system', { params }))
      const [sample] = data.items
      return sample === undefined ? null : { sample, age: ageOf(sample, at ?? Date.now()) }
    },
    enabled: run.spec?.telemetry.includes('system') ?? true,
    refetchInterval: EVERY_MS,
  })
  const shown = newest && !isError && isOfNow(newest.age + Math.max(0, now - dataUpdatedAt))
  return (
    <Text size="xs" c="dimmed">
      {shown ? loadText(newest.sample) : ''}
    </Text>
  )
}
