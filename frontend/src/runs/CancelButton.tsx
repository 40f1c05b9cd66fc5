// Cancels a run, after a confirmation.
import { ActionIcon } from '@mantine/core'
import { notifications } from '@mantine/notifications'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Run } from '../api/types'
import { isByWorkers } from '../model/status'
import { Confirm } from '../ui/Confirm'
import { StopIcon } from '../ui/icons'
import { useOnce } from '../ui/useOnce'
import classes from './runs.module.css'

function consequenceFor(run: Run): string {
  if (!isByWorkers(run)) return 'Its program is told to stop. What it has logged is kept.'
  return run.epoch > 0 ? 'Epochs that are finished are kept.' : 'No epoch is finished yet.'
}

export function CancelButton({ run }: { run: Run }) {
  const cancel = useOnce({
    // The stream tells how it goes on; the answer would only be older.
    mutationFn: () => answer(api.POST('/api/v1/runs/{run_id}/cancel', { params: { path: { run_id: run.id } } })),
    onError: (error) => {
      notifications.show({ color: 'red', title: `Could not cancel run ${run.id}`, message: asProblem(error).message })
    },
  })
  return (
    <Confirm>
      {(ask) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          className={classes.cancel}
          aria-label={`Cancel run ${run.id}, ${run.name}`}
          title="Cancel run"
          disabled={run.stop_requested}
          loading={cancel.isPending}
          onClick={() => {
            ask({
              title: `Cancel ${run.name}?`,
              text: consequenceFor(run),
              keep: 'Keep running',
              go: 'Cancel run',
              onGo: cancel.mutate,
            })
          }}
        >
          <StopIcon />
        </ActionIcon>
      )}
    </Confirm>
  )
}
