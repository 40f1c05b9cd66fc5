// Cancelling asks once: what is cancelled does not come back by itself.
import { ActionIcon, Button, Group, Popover, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Run } from '../api/types'
import { StopIcon } from '../ui/icons'
import classes from './runs.module.css'

export function CancelButton({ run }: { run: Run }) {
  const [asking, setAsking] = useState(false)
  const cancel = useMutation({
    // The stream tells how it goes on; the answer would only be older.
    mutationFn: () => answer(api.POST('/api/v1/runs/{run_id}/cancel', { params: { path: { run_id: run.id } } })),
    onError: (error) => {
      notifications.show({ color: 'red', title: `Could not cancel run ${run.id}`, message: asProblem(error).message })
    },
  })

  return (
    <Popover opened={asking} onChange={setAsking} position="bottom-end" shadow="md" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          className={classes.cancel}
          aria-label={`Cancel run ${run.id}, ${run.name}`}
          title="Cancel this run"
          disabled={run.stop_requested}
          loading={cancel.isPending}
          onClick={() => {
            setAsking(true)
          }}
        >
          <StopIcon />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" fw={600}>
          Cancel {run.name}?
        </Text>
        <Text size="sm" c="dimmed" mb="sm">
          {run.epoch > 0 ? 'Its finished epochs are kept.' : 'It has not finished an epoch yet.'}
        </Text>
        <Group gap="xs" justify="flex-end">
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setAsking(false)
            }}
          >
            Keep it
          </Button>
          <Button
            size="xs"
            color="red"
            onClick={() => {
              setAsking(false)
              cancel.mutate()
            }}
          >
            Cancel run
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  )
}
