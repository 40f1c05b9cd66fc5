import { Progress } from '@mantine/core'
import type { ReactNode } from 'react'

import type { Run, Status } from '../api/types'
import { hasLostContact, statusText } from '../model/status'
import { CheckIcon, ClockIcon, CrossIcon, PauseIcon, StopIcon, WarningIcon } from '../ui/icons'
import classes from './runs.module.css'

const ICONS: Record<Status, ReactNode> = {
  queued: <ClockIcon size={14} />,
  running: <span className={classes.dot} aria-hidden />,
  paused: <PauseIcon size={14} />,
  finished: <CheckIcon size={14} />,
  failed: <WarningIcon size={14} />,
  cancelled: <CrossIcon size={14} />,
}

/** `whole`: show all lines of the detail. */
export function StatusCell({ run, whole = false }: { run: Run; whole?: boolean }) {
  const { word, detail } = statusText(run)
  const stalled = run.status === 'running' && (run.stalled !== null || hasLostContact(run))
  return (
    <div className={classes.status} data-status={run.status} data-stalled={stalled}>
      <span className={classes.statusWord}>
        {run.stop_requested ? <StopIcon size={14} /> : stalled ? <WarningIcon size={14} /> : ICONS[run.status]}
        {word}
      </span>
      {run.status === 'running' && run.progress !== null && (
        <Progress
          value={run.progress * 100}
          size={4}
          className={classes.progress}
          aria-label={`Progress of ${run.name}`}
          color={run.stop_requested ? 'gray' : 'indigo'}
        />
      )}
      {detail !== '' && (
        <span className={`${classes.detail ?? ''} ${whole ? '' : (classes.twoLines ?? '')}`} title={whole ? undefined : detail}>
          {detail}
        </span>
      )}
    </div>
  )
}
