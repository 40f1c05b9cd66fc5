// The status of an errand, since when, and buttons to cancel or retry it.
import { Button, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Errand } from '../api/types'
import { useAnyWorker } from '../live/hooks'
import { useOnce } from '../ui/useOnce'
import classes from './errands.module.css'
import { RequestErrand } from './RequestErrand'
import { isOpen, standingOf } from './words'

interface ErrandStateProps {
  /** Undefined: it is not requested yet, or not known. */
  errand: Errand | undefined
  /** What is waited for: `the measurement of ResNet-18`. */
  what: string
  /** A sentence for where the errand is done and its result is still missing. */
  absent?: string
}

export function ErrandState({ errand, what, absent }: ErrandStateProps) {
  const anyWorker = useAnyWorker()
  const isDone = errand?.status === 'done'
  return (
    <div className={classes.state} role="status">
      <Text span size="sm" c={errand?.status === 'failed' ? 'red' : 'dimmed'}>
        {isDone && absent !== undefined ? absent : standingOf(errand, anyWorker)}
      </Text>
      {errand && isOpen(errand) && <CancelErrand errand={errand} what={what} />}
      {errand && !isOpen(errand) && <RequestErrand task={errand.task} what={what} label={isDone ? 'Request again' : 'Retry'} />}
    </div>
  )
}

function CancelErrand({ errand: { id }, what }: { errand: Errand; what: string }) {
  const cancel = useOnce({
    // Progress arrives by the event stream.
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
