// The workers and what they train, and the queue.
import { Code, Group, Progress, Skeleton, Text } from '@mantine/core'

import type { Run, Worker } from '../api/types'
import { ErrandsPanel } from '../errands/ErrandsPanel'
import { dateTime, plural } from '../lib/format'
import { useLabPart, useSession, useSessionPart } from '../live/hooks'
import { statusText } from '../model/status'
import { CancelButton } from '../runs/CancelButton'
import { PauseIcon } from '../ui/icons'
import { Page } from '../ui/Page'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { Snapshot } from '../ui/Snapshot'
import { DrainButton } from './DrainButton'
import { Load } from './Load'
import classes from './queue.module.css'
import { QueueTable } from './QueueTable'
import { RunLink } from './RunLink'
import { useQueue } from './useQueue'

export function QueuePage() {
  const runs = useLabPart('runs')
  const workers = useLabPart('workers')
  const queue = useQueue()
  return (
    <Page width="reading">
      <Panel title="Workers" aside={<Text size="xs" c="dimmed">each device trains one run at a time</Text>}>
        <Snapshot wanted="load the workers" waiting={<Skeleton height={90} width="auto" m="md" />}>
          {() => <Workers workers={[...workers.values()].sort((a, b) => b.id - a.id)} runs={runs} />}
        </Snapshot>
      </Panel>
      <Panel title="Queue" aside={queue !== null && queue.length > 0 && <Text size="xs" c="dimmed">{plural(queue.length, 'run')}, in order</Text>}>
        <Snapshot wanted="load the queue" waiting={<Waiting />}>
          {() => <Order queue={queue} />}
        </Snapshot>
      </Panel>
      <ErrandsPanel />
    </Page>
  )
}

/** The last known order stays while it cannot be refreshed. */
function Order({ queue }: { queue: readonly number[] | null }) {
  const session = useSession()
  const problem = useSessionPart('queueProblem')
  return (
    <>
      {problem && <RequestError wanted="load the queue’s order" problem={problem} onRetry={session.retryQueue} />}
      {queue && <QueueTable queue={queue} />}
      {queue === null && problem === null && <Waiting />}
    </>
  )
}

function Waiting() {
  return <Skeleton height={200} width="auto" m="md" />
}

function Workers({ workers, runs }: { workers: readonly Worker[]; runs: ReadonlyMap<number, Run> }) {
  const online = workers.filter((worker) => worker.online)
  const gone = workers.filter((worker) => !worker.online).slice(0, 5)
  return (
    <div className={classes.workers}>
      {online.length === 0 && (
        <Text size="sm" c="dimmed">
          No workers online: queued runs wait until one starts. Start one with <Code>skiplab up</Code>; in containers, the service is called worker.
        </Text>
      )}
      {online.map((worker) => (
        <section key={worker.id} className={classes.worker} aria-label={`Worker ${worker.name}`}>
          <Group gap="xs" justify="space-between">
            <Group gap="sm">
              <Text fw={600}>{worker.name}</Text>
              {worker.draining && (
                <span className={classes.draining} title="Finishes its current runs and accepts no new ones">
                  <PauseIcon size={14} />
                  draining
                </span>
              )}
            </Group>
            <Group gap="xs">
              <Text size="xs" c="dimmed">
                since {dateTime(worker.started_at)}
              </Text>
              <DrainButton worker={worker} />
            </Group>
          </Group>
          <Text size="sm" c="dimmed">
            {worker.devices.map(({ name, kind, index }) => `${kind !== 'cpu' ? `GPU ${index}` : 'CPU'}: ${name}`).join(', ')}
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
          Offline: {gone.map(({ name, seen_at: seen }) => `${name} (last seen ${dateTime(seen)})`).join(', ')}
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
      {run.progress === null ? <span /> : <Progress value={run.progress * 100} size={5} aria-label={`Progress of ${run.name}`} color="indigo" />}
      <div>
        <Text size="xs" c="dimmed">
          {detail}
        </Text>
        <Load run={run} />
      </div>
      <CancelButton run={run} />
    </div>
  )
}
