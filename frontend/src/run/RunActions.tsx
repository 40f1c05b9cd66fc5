// What can be done with the run in its present status; the lab decides, and its refusal is shown.
import { Button, Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useNavigate } from '@tanstack/react-router'

import { isLabRun, type Run, type Status } from '../api/types'
import { plural } from '../lib/format'
import { ACTIVE, isByWorkers } from '../model/status'
import { useLife, type LifeAction } from '../runs/actions'
import { CancelButton } from '../runs/CancelButton'
import { RunMenu } from '../runs/RunMenu'
import { Confirm, type Question } from '../ui/Confirm'
import { keepView } from '../view/keepView'
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
  pause: ['Pause', 'Stop; can be resumed later'],
  resume: ['Resume', 'Continue from the last checkpoint'],
  retry: ['Retry', 'Restart from epoch 1; existing metrics are deleted'],
}

export function RunActions({ run }: { run: Run }) {
  const { show } = useLaunchForm()
  const life = useLife(run.id)
  const navigate = useNavigate()
  return (
    <Group gap={4} wrap="nowrap">
      {(isByWorkers(run) ? OFFERED[run.status] : []).map((action) => (
        <Confirm key={action}>
          {(ask) => (
            <Button
              size="xs"
              variant="default"
              title={WORDS[action][1]}
              loading={life.isPending && life.variables === action}
              disabled={run.stop_requested}
              onClick={() => {
                const go = (): void => {
                  life.mutate(action)
                }
                if (action === 'retry' && run.epoch > 0) ask({ ...retryOf(run), onGo: go })
                else go()
              }}
            >
              {WORDS[action][0]}
            </Button>
          )}
        </Confirm>
      ))}
      {isLabRun(run) && (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            show(run.id)
          }}
        >
          Duplicate
        </Button>
      )}
      {ACTIVE.has(run.status) && <CancelButton run={run} />}
      <RunMenu
        run={run}
        onDeleted={() => {
          notifications.show({ title: `Deleted run ${run.id}`, message: run.name })
          // Its page has nothing left to show.
          void navigate({ to: '/', search: keepView })
        }}
      />
    </Group>
  )
}

const retryOf = ({ name, epoch }: Run): Omit<Question, 'onGo'> => ({
  title: `Restart ${name}?`,
  text: `The metrics of ${plural(epoch, 'epoch')} are deleted.`,
  go: 'Restart',
})
