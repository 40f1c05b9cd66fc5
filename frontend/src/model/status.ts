// A run's status in words. Pure.
import { byWorkers, ended, statuses } from '../api/spec.json'
import type { Run, Status } from '../api/types'
import { duration, plural } from '../lib/format'

export const ACTIVE: ReadonlySet<Status> = new Set((statuses as Status[]).filter((status) => !(ended.run as Status[]).includes(status)))

/** Whether workers start, pause and restart it. Runs of other kinds are controlled by their client. */
export const isByWorkers = ({ kind }: Pick<Run, 'kind'>): boolean => (byWorkers as readonly string[]).includes(kind)

/** The activity that needs no saying. */
const TRAINING = 'training'

export interface StatusText {
  word: string
  /** A second line; empty if the word is enough. */
  detail: string
}

export function statusText(run: Run): StatusText {
  const { word, detail } = plainText(run)
  // A failed run's reason contains it already.
  if (run.spec_problem == null || run.status === 'failed') return { word, detail }
  const problem = `settings not usable by this version (${run.spec_problem})`
  return { word, detail: detail === '' ? problem : `${detail}; ${problem}` }
}

function plainText(run: Run): StatusText {
  if (run.stop_requested) {
    return { word: run.stop_as === 'paused' ? 'pausing' : 'cancelling', detail: 'stops after the current batch' }
  }
  switch (run.status) {
    case 'queued':
      return { word: 'queued', detail: run.reason ?? queuePlace(run.queue_position) }
    case 'running':
      if (run.stalled !== null) return { word: 'stalled', detail: run.stalled }
      return { word: 'running', detail: run.activity === null || run.activity === TRAINING ? pace(run) : run.activity }
    case 'finished':
      return { word: 'finished', detail: took(run) }
    case 'cancelled':
      return { word: 'cancelled', detail: run.epoch > 0 ? `after ${epochs(run)}` : run.epochs === null ? '' : 'before epoch 1' }
    case 'failed':
      return { word: 'failed', detail: run.reason ?? 'no reason recorded' }
    case 'paused':
      return { word: 'paused', detail: `after ${epochs(run)}` }
  }
}

function queuePlace(position: number | null): string {
  if (position === null) return ''
  return position === 1 ? 'next in queue' : `#${position} in queue`
}

function pace({ epoch, epochs: planned, eta_seconds: left }: Run): string {
  if (planned === null) return epoch === 0 ? '' : `epoch ${epoch}`
  const done = epoch === 0 ? `Starting epoch 1 of ${planned}` : `epoch ${epoch} of ${planned}`
  return left === null ? done : `${done} · ${duration(left)} left`
}

/** Without the attempts that were lost and the time in the queue. */
function took({ trained_seconds: seconds, epoch, epochs: planned }: Run): string {
  if (planned === null && epoch === 0) return ''
  const trained = plural(planned ?? epoch, 'epoch')
  return seconds > 0 ? `${trained} in ${duration(seconds)}` : trained
}

const epochs = (run: Run): string => (run.epochs === null ? plural(run.epoch, 'epoch') : `${epochsDone(run)} epochs`)

/** `3 of 10`, or `3` if the number of epochs is not planned. */
export const epochsDone = ({ epoch, epochs: planned }: Pick<Run, 'epoch' | 'epochs'>): string => (planned === null ? String(epoch) : `${epoch} of ${planned}`)
