// Who works on what, and what comes next.
import { ActionIcon, Group, Progress, Table, Text, VisuallyHidden } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import type { Run, Worker } from '../api/types'
import { useLab } from '../live/hooks'
import { useMove } from '../runs/actions'
import { CancelButton } from '../runs/CancelButton'
import { statusText } from '../runs/status'
import { dateTime, plural } from '../ui/format'
import { ArrowIcon, TopIcon } from '../ui/icons'
import { Page } from '../ui/Page'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import ui from '../ui/ui.module.css'
import { keepView } from '../view/keepView'
import { useLaunchForm } from '../view/useView'
import { DrainButton } from './DrainButton'
import classes from './queue.module.css'
import { queueOf } from './queueOf'

export function QueuePage() {
  const { runs, workers } = useLab()
  const queue = queueOf(runs.values())
  return (
    <Page width="reading">
      <Panel title="Workers" aside={<Text size="xs" c="dimmed">a worker trains one run on each of its devices</Text>}>
        <Workers workers={[...workers.values()].sort((a, b) => b.id - a.id)} runs={runs} />
      </Panel>
      <Panel title="Queue" aside={<Text size="xs" c="dimmed">{plural(queue.length, 'run')}, the first is taken next</Text>}>
        <Queue queue={queue} />
      </Panel>
    </Page>
  )
}

function Workers({ workers, runs }: { workers: readonly Worker[]; runs: ReadonlyMap<number, Run> }) {
  const online = workers.filter((worker) => worker.online)
  const gone = workers.filter((worker) => !worker.online).slice(0, 5)
  return (
    <div className={classes.workers}>
      {online.length === 0 && (
        <Text size="sm" c="dimmed">
          No worker is there: queued runs wait until one starts. `make up` starts one beside this page; in containers, the service is called worker.
        </Text>
      )}
      {online.map((worker) => (
        <section key={worker.id} className={classes.worker} aria-label={`Worker ${worker.name}`}>
          <Group gap="xs" justify="space-between">
            <Text fw={600}>{worker.name}</Text>
            <Group gap="xs">
              <Text size="xs" c="dimmed">
                since {dateTime(worker.started_at)}
              </Text>
              <DrainButton worker={worker} />
            </Group>
          </Group>
          <Text size="sm" c="dimmed">
            {worker.devices.map(({ name, kind, index }) => `${kind === 'cuda' ? `GPU ${index}` : 'CPU'}: ${name}`).join(', ')}
          </Text>
          {worker.runs.map((id) => {
            const run = runs.get(id)
            return run && <Working key={id} run={run} />
          })}
          {worker.runs.length < worker.devices.length && (
            <Text size="sm" c="dimmed">
              {plural(worker.devices.length - worker.runs.length, 'device')} idle
            </Text>
          )}
        </section>
      ))}
      {gone.length > 0 && (
        <Text size="xs" c="dimmed">
          Gone: {gone.map(({ name, seen_at: seen }) => `${name} (last seen ${dateTime(seen)})`).join(', ')}
        </Text>
      )}
    </div>
  )
}

function Working({ run }: { run: Run }) {
  const { detail } = statusText(run)
  return (
    <div className={classes.working}>
      <RunLink run={run} />
      <Progress value={run.progress * 100} size={5} aria-label={`Progress of ${run.name}`} color="indigo" />
      <Text size="xs" c="dimmed">
        {detail}
      </Text>
      <CancelButton run={run} />
    </div>
  )
}

function RunLink({ run }: { run: Run }) {
  return (
    <Link to="/runs/$run" params={{ run: String(run.id) }} search={keepView} className={classes.link}>
      #{run.id} {run.name}
    </Link>
  )
}

function Queue({ queue }: { queue: readonly Run[] }) {
  const move = useMove()
  const { show } = useLaunchForm()
  if (queue.length === 0) {
    return (
      <Text size="sm" c="dimmed" p="md">
        Nothing waits.{' '}
        <button type="button" className={ui.textButton} onClick={() => { show() }}>
          Launch runs
        </button>
      </Text>
    )
  }
  return (
    <Scroll label="Queued runs" className={classes.queue}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Place</Table.Th>
            <Table.Th>Run</Table.Th>
            <Table.Th visibleFrom="sm">Experiment</Table.Th>
            <Table.Th visibleFrom="sm">Epochs</Table.Th>
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {queue.map((run, place) => {
            const before = queue[place - 1]
            const after = queue[place + 2]
            return (
              <Table.Tr key={run.id}>
                <Table.Td>{place + 1}</Table.Td>
                <Table.Td>
                  <RunLink run={run} />
                  {run.reason && (
                    <Text size="xs" c="dimmed">
                      {run.reason}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td visibleFrom="sm">{run.experiment?.name ?? '–'}</Table.Td>
                <Table.Td visibleFrom="sm">{run.epochs}</Table.Td>
                <Table.Td>
                  <Group gap={2} wrap="nowrap" justify="flex-end">
                    <ActionIcon variant="subtle" color="gray" aria-label={`Move run ${run.id} to the front`} title="To the front" disabled={place === 0} onClick={() => { move.mutate({ run: run.id, place: { to: 'front' } }) }}>
                      <TopIcon size={16} />
                    </ActionIcon>
                    <ActionIcon variant="subtle" color="gray" aria-label={`Move run ${run.id} up`} title="Up" disabled={before === undefined} onClick={() => { if (before) move.mutate({ run: run.id, place: { before: before.id } }) }}>
                      <ArrowIcon up size={14} />
                    </ActionIcon>
                    <ActionIcon variant="subtle" color="gray" aria-label={`Move run ${run.id} down`} title="Down" disabled={place === queue.length - 1} onClick={() => { move.mutate({ run: run.id, place: after ? { before: after.id } : { to: 'back' } }) }}>
                      <ArrowIcon up={false} size={14} />
                    </ActionIcon>
                    <CancelButton run={run} />
                  </Group>
                </Table.Td>
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}
