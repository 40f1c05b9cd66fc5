// One upload: how far it is, what was found in it, and what became of it.
import { Button, Group, Progress, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { Link } from '@tanstack/react-router'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Import } from '../api/types'
import { since as sinceOf } from '../errands/words'
import { bytes, dateTime } from '../lib/format'
import { useAnyWorker } from '../live/hooks'
import { useErrand } from '../live/useErrands'
import { useOnce } from '../ui/useOnce'
import { keepView } from '../view/keepView'
import { useLaunchForm } from '../view/useView'
import classes from './data.module.css'
import { FoundForm } from './FoundForm'
import { inWords, OPEN } from './words'

const MOVING: ReadonlySet<Import['status']> = new Set(['inspecting', 'importing'])

export function ImportRow({ row }: { row: Import }) {
  const { id, key, file, status, reason, images, images_done: done, bytes: size } = row
  const { train } = useLaunchForm()
  const cancel = useCancel(id)
  const anyWorker = useAnyWorker()
  const errand = useErrand((task) => task.kind === 'import_data' && task.import_id === id)
  // Not its upload's time: it may have started, or waited for an answer, since then.
  const since = errand ? sinceOf(errand, anyWorker) : null
  return (
    <li>
      <Group gap={6} justify="space-between" wrap="nowrap">
        <span className={classes.importName}>
          {status === 'done' ? (
            <Link to="/data/$dataset" params={{ dataset: key }} search={keepView} className={classes.link}>
              {key}
            </Link>
          ) : (
            <strong>{key}</strong>
          )}
          <span className={classes.count} title={file ?? undefined}>{` ${bytes(size)}`}</span>
        </span>
        {status === 'done' && (
          <Button size="compact-xs" variant="light" onClick={() => { train(key) }}>
            Train on this
          </Button>
        )}
        {OPEN.has(status) && (
          <Button size="compact-xs" variant="subtle" color="gray" loading={cancel.isPending} aria-label={`Cancel the import of ${key}`} onClick={() => { cancel.mutate(undefined) }}>
            Cancel
          </Button>
        )}
      </Group>
      <Text size="xs" c={status === 'failed' ? 'red' : 'dimmed'} aria-live="polite">
        {inWords(row, anyWorker)}
        {OPEN.has(status) && since !== null && `, since ${dateTime(since)}`}
      </Text>
      {MOVING.has(status) && images > 0 && <Progress value={(100 * done) / images} size={4} color="indigo" aria-label={`Import of ${key}`} />}
      {status === 'failed' && (
        <Text size="xs" className={classes.reason ?? ''}>
          {reason ?? 'No reason was recorded.'}
        </Text>
      )}
      {status === 'found' && row.found && <FoundForm key={JSON.stringify(row.found)} row={row} found={row.found} onCancel={() => { cancel.mutate(undefined) }} />}
    </li>
  )
}

function useCancel(id: number) {
  return useOnce<unknown, unknown, undefined>({
    // Progress arrives by the event stream.
    mutationFn: () => answer(api.POST('/api/v1/imports/{import_id}/cancel', { params: { path: { import_id: id } } })),
    onError: (error) => {
      notifications.show({ color: 'red', title: 'Could not cancel the import', message: asProblem(error).message })
    },
  })
}
