// A button that requests an errand once more.
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Errand } from '../api/types'
import { useOnce } from '../ui/useOnce'

type Task = NonNullable<Errand['task']>
type Requestable = Exclude<Task, { kind: 'import_data' }>

interface RequestErrandProps {
  /** An import's errand comes with its upload, and one that this version cannot read cannot be requested: no button for these. */
  task: Task | null
  label: 'Retry' | 'Request again'
  /** What is requested: `the measurement of ResNet-18`. */
  what: string
}

export function RequestErrand({ task, label, what }: RequestErrandProps) {
  const request = useOnce({
    mutationFn: (wanted: Requestable) => answer(api.POST('/api/v1/errands', { body: wanted })),
    onError: (error) => {
      notifications.show({ color: 'red', title: `Could not request ${what}`, message: asProblem(error).message })
    },
  })
  if (task === null || task.kind === 'import_data') return null
  return (
    <Button size="compact-xs" variant="subtle" loading={request.isPending} aria-label={label === 'Retry' ? `Retry ${what}` : `Request ${what} again`} onClick={() => { request.mutate(task) }}>
      {label}
    </Button>
  )
}
