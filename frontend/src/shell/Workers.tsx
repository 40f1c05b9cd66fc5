// The devices of the workers that are online, or why queued runs wait.
import { Text } from '@mantine/core'

import { plural } from '../lib/format'
import { useLabPart, useSessionPart } from '../live/hooks'
import { WarningIcon } from '../ui/icons'
import classes from './shell.module.css'

export function Workers() {
  const workers = useLabPart('workers')
  const loaded = useSessionPart('loaded')
  if (!loaded) return null
  const online = [...workers.values()].filter((worker) => worker.online)
  if (online.length === 0) {
    return (
      <Text component="span" className={classes.noWorker} role="status" title="Queued runs wait until a worker starts.">
        <WarningIcon size={15} />
        no worker
      </Text>
    )
  }
  const devices = online.flatMap((worker) => worker.devices)
  const busy = online.reduce((sum, worker) => sum + worker.runs.length, 0)
  const counted = plural(devices.length, devices.every(({ kind }) => kind !== 'cpu') ? 'GPU' : 'device')
  return (
    <Text component="span" className={classes.workers} title={devices.map(({ name }) => name).join(', ')}>
      {busy > 0 ? `${busy} of ${counted} busy` : `${counted} idle`}
    </Text>
  )
}
