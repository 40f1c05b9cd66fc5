// The queued runs in order, each to be moved or cancelled. Only visible rows are rendered.
import { ActionIcon, Group, Table, Text, VisuallyHidden } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, type Ref } from 'react'

import { useRun } from '../live/useRun'
import { useMove } from '../runs/actions'
import { CancelButton } from '../runs/CancelButton'
import { ArrowIcon, TopIcon } from '../ui/icons'
import { Scroll } from '../ui/Scroll'
import ui from '../ui/ui.module.css'
import { useLaunchForm } from '../view/useView'
import classes from './queue.module.css'
import { RunLink } from './RunLink'

/** A guess until a row has been measured. */
const ROW_HEIGHT = 43

/** `queue`: ids. A run that is not loaded is requested when its row is rendered. */
export function QueueTable({ queue }: { queue: readonly number[] }) {
  const scroll = useRef<HTMLDivElement>(null)
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are used in this render only
  const virtual = useVirtualizer({
    count: queue.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (place) => queue[place] ?? place,
    overscan: 12,
  })
  if (queue.length === 0) return <Nothing />
  const drawn = virtual.getVirtualItems()
  return (
    <Scroll ref={scroll} label="Queued runs" className={classes.queue}>
      <Table aria-rowcount={queue.length + 1} layout="fixed">
        <Table.Thead>
          <Table.Tr aria-rowindex={1}>
            <Table.Th className={classes.place}>#</Table.Th>
            <Table.Th>Run</Table.Th>
            <Table.Th visibleFrom="sm">Experiment</Table.Th>
            <Table.Th visibleFrom="sm" className={classes.epochs}>
              Epochs
            </Table.Th>
            <Table.Th className={classes.actions}>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Gap height={drawn[0]?.start ?? 0} />
          {drawn.map(({ key, index }) => {
            const id = queue[index]
            return id !== undefined && <QueuedRun key={key} id={id} queue={queue} place={index} ref={virtual.measureElement} />
          })}
          <Gap height={virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0)} />
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}

function Nothing() {
  const { show } = useLaunchForm()
  return (
    <Text size="sm" c="dimmed" p="md">
      Queue is empty.{' '}
      <button type="button" className={ui.textButton} onClick={() => { show() }}>
        Launch runs
      </button>
    </Text>
  )
}

/** Takes the height of the rows above or below the visible ones. */
function Gap({ height }: { height: number }) {
  return height > 0 && <tr aria-hidden style={{ height }} />
}

interface QueuedRunProps {
  id: number
  queue: readonly number[]
  /** In the queue, counted from 0. */
  place: number
  ref: Ref<HTMLTableRowElement>
}

function QueuedRun({ id, queue, place, ref }: QueuedRunProps) {
  const move = useMove()
  const { run } = useRun(id)
  const before = queue[place - 1]
  const after = queue[place + 2]
  return (
    <Table.Tr ref={ref} data-index={place} aria-rowindex={place + 2}>
      <Table.Td>{place + 1}</Table.Td>
      <Table.Td>
        {run ? <RunLink run={run} /> : `#${id}`}
        {run?.reason && (
          <Text size="xs" c="dimmed">
            {run.reason}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm" className={classes.experiment} title={run?.experiment?.name}>
        {run?.experiment?.name ?? '–'}
      </Table.Td>
      <Table.Td visibleFrom="sm">{run?.epochs ?? '–'}</Table.Td>
      <Table.Td>
        <Group gap={2} wrap="nowrap" justify="flex-end">
          <ActionIcon variant="subtle" color="gray" aria-label={`Move run ${id} to top`} title="Move to top" disabled={place === 0} onClick={() => { move.mutate({ run: id, place: { to: 'front' } }) }}>
            <TopIcon size={16} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="gray" aria-label={`Move run ${id} up`} title="Move up" disabled={before === undefined} onClick={() => { if (before !== undefined) move.mutate({ run: id, place: { before } }) }}>
            <ArrowIcon up size={14} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="gray" aria-label={`Move run ${id} down`} title="Move down" disabled={place === queue.length - 1} onClick={() => { move.mutate({ run: id, place: after !== undefined ? { before: after } : { to: 'back' } }) }}>
            <ArrowIcon up={false} size={14} />
          </ActionIcon>
          {run && <CancelButton run={run} />}
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
