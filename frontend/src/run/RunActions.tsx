// What can be done with the run in its present status; the lab decides, and its refusal is shown.
import { Button, Group } from '@mantine/core'

import type { Run, Status } from '../api/types'
import { useLife, type LifeAction } from '../runs/actions'
import { CancelButton } from '../runs/CancelButton'
import { RunMenu } from '../runs/RunMenu'
import { ACTIVE } from '../runs/status'
import { useLaunchForm } from '../view/useView'

const OFFERED: Readonly<Record<Status, readonly LifeAction[]>> = {
  queued: ['pause'],
  running: ['pause'],
  paused: ['resume', 'retry'],
  failed: ['resume', 'retry'],
  cancelled: ['resume', 'retry'],
  finished: [],
}

const WORDS: Readonly<Record<LifeAction, readonly [label: string, hint: string]>> = {
  pause: ['Pause', 'Stop so that it can go on later'],
  resume: ['Resume', 'Go on from the last checkpoint'],
  retry: ['Retry', 'Start again at epoch 1; what it measured is deleted'],
}

export function RunActions({ run }: { run: Run }) {
  const { show } = useLaunchForm()
  const life = useLife(run.id)
  return (
    <Group gap={4} wrap="nowrap">
      {OFFERED[run.status].map((action) => (
        <Button
          key={action}
          size="xs"
          variant="default"
          title={WORDS[action][1]}
          loading={life.isPending && life.variables === action}
          disabled={run.stop_requested}
          onClick={() => {
            life.mutate(action)
          }}
        >
          {WORDS[action][0]}
        </Button>
      ))}
      <Button
        size="xs"
        variant="default"
        onClick={() => {
          show(run.id)
        }}
      >
        Clone
      </Button>
      {ACTIVE.has(run.status) && <CancelButton run={run} />}
      <RunMenu run={run} />
    </Group>
  )
}
