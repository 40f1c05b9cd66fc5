// How an errand stands that somebody waits for, since when, and a way to cancel it.
import { Button, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Errand } from '../api/types'
import { dateTime } from '../lib/format'
import { useAnyWorker } from '../live/hooks'
import { useOnce } from '../ui/useOnce'
import classes from './errands.module.css'
import { isOpen, since, stateOf, waitingText } from './words'

type Requestable = Exclude<NonNullable<Errand['task']>, { kind: 'import_data' }>

interface ErrandStateProps {
  /** Undefined: it is not requested yet, or not known. */
  errand: Errand | undefined
  /** What is waited for: `the measurement of ResNet-18`. */
  what: string
}

export function ErrandState({ errand, what }: ErrandStateProps) {
  const anyWorker = useAnyWorker()
  const start = errand && since(errand)
  return (
    <div className={classes.state} role="status">
      <Text span size="sm" c={errand?.status === 'failed' ? 'red' : 'dimmed'}>
        {errand ? stateOf(errand, anyWorker) : waitingText(anyWorker)}
        {start && `, since ${dateTime(start)}`}.
      </Text>
      {errand && isOpen(errand) && <CancelErrand errand={errand} what={what} />}
      {errand && !isOpen(errand) && <RetryErrand errand={errand} what={what} />}
    </div>
  )
}

/** An import's errand comes with its upload, and is not requested by itself. */
function RetryErrand({ errand: { task }, what }: { errand: Errand; what: string }) {
  const retry = useOnce({
    mutationFn: (wanted: Requestable) => answer(api.POST('/api/v1/errands', { body: wanted })),
    onError: (error) => {
      notifications.show({ color: 'red', title: `Could not request ${what}`, message: asProblem(error).message })
    },
  })
  if (task === null || task.kind === 'import_data') return null
  return (
    <Button size="compact-xs" variant="subtle" loading={retry.isPending} aria-label={`Retry ${what}`} onClick={() => { retry.mutate(task) }}>
      Retry
    </Button>
  )
}

function CancelErrand({ errand: { id }, what }: { errand: Errand; what: string }) {
  const cancel = useOnce({
    // The stream tells how it goes on.
    mutationFn: () => answer(api.POST('/api/v1/errands/{errand_id}/cancel', { params: { path: { errand_id: id } } })),
    onError: (error) => {
      notifications.show({ color: 'red', title: `Could not cancel ${what}`, message: asProblem(error).message })
    },
  })
  return (
    <Button size="compact-xs" variant="subtle" color="gray" loading={cancel.isPending} aria-label={`Cancel ${what}`} onClick={() => { cancel.mutate() }}>
      Cancel
    </Button>
  )
}
