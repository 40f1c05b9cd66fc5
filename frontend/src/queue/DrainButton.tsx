// Drains a worker: it finishes its current runs and accepts no new ones, until it is resumed.
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Worker } from '../api/types'
import { useOnce } from '../ui/useOnce'

export function DrainButton({ worker: { id, name, draining } }: { worker: Worker }) {
  const drain = useOnce({
    mutationFn: () => {
      const params = { path: { worker_id: id } }
      return answer(draining ? api.DELETE('/api/v1/workers/{worker_id}/drain', { params }) : api.POST('/api/v1/workers/{worker_id}/drain', { params }))
    },
    onError: (error) => {
      notifications.show({ color: 'red', title: `Could not change ${name}`, message: asProblem(error).message })
    },
  })
  return (
    <Button
      size="compact-xs"
      variant="default"
      title={draining ? 'Accept queued runs again' : 'Finish current runs, accept no new ones'}
      loading={drain.isPending}
      onClick={() => {
        drain.mutate()
      }}
    >
      {draining ? 'Resume worker' : 'Drain'}
    </Button>
  )
}
