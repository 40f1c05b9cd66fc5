// A run's status in words. Pure.
import { byWorkers, ended, statuses } from '../api/spec.json'
import type { Run, Status } from '../api/types'
import { dateTime, duration, plural } from '../lib/format'

export const ACTIVE: ReadonlySet<Status> = new Set((statuses as Status[]).filter((status) => !(ended.run as Status[]).includes(status)))

/** Whether workers start, pause and restart it. Runs of other kinds are controlled by their client. */
export const isByWorkers = ({ kind }: Pick<Run, 'kind'>): boolean => (byWorkers as readonly string[]).includes(kind)

/** Whether its client has been silent for longer than between two heartbeats. */
export const hasLostContact = (run: Run): run is Run & { lost_contact: string } => run.status === 'running' && run.lost_contact != null

/** The activity that needs no saying. */
const TRAINING = 'training'

export interface StatusText {
  word: string
  /** A second line; empty if the word is enough. */
  detail: string
}

export function statusText(run: Run): StatusText {
  const { word, detail } = withLoss(plainText(run), run)
  // A failed run's reason contains it already.
  if (run.spec_problem == null || run.status === 'failed') return { word, detail }
  const problem = `settings not usable by this version (${run.spec_problem})`
  return { word, detail: detail === '' ? problem : `${detail}; ${problem}` }
}

/** A client whose disk was full has not logged all that it measured. */
function withLoss({ word, detail }: StatusText, { dropped }: Run): StatusText {
  if (!(dropped > 0)) return { word, detail }
  const lost = `${plural(dropped, 'point')} lost: the disk of its client was full`
  return { word, detail: detail === '' ? lost : `${detail}; ${lost}` }
}

function plainText(run: Run): StatusText {
  if (run.stop_requested) {
    const detail = isByWorkers(run) ? 'stops after the current batch' : 'stops when its client next calls'
    return { word: run.stop_as === 'paused' ? 'pausing' : 'cancelling', detail }
  }
  switch (run.status) {
    case 'queued':
      return { word: 'queued', detail: run.reason ?? queuePlace(run.queue_position) }
    case 'running':
      if (hasLostContact(run)) return { word: 'lost contact', detail: `no request from its client since ${dateTime(run.lost_contact)}` }
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
function took(run: Run): string {
  const { trained_seconds: seconds, epoch, epochs: planned } = run
  if (planned === null && epoch === 0) return lasted(run)
  const trained = plural(planned ?? epoch, 'epoch')
  return seconds > 0 ? `${trained} in ${duration(seconds)}` : trained
}

/** From start to end, of a run whose epochs nobody has timed. */
function lasted({ started_at: from, finished_at: to }: Run): string {
  return from == null || to == null ? '' : duration((Date.parse(to) - Date.parse(from)) / 1000)
}

const epochs = (run: Run): string => (run.epochs === null ? plural(run.epoch, 'epoch') : `${epochsDone(run)} epochs`)

/** `3 of 10`, or `3` if the number of epochs is not planned. */
export const epochsDone = ({ epoch, epochs: planned }: Pick<Run, 'epoch' | 'epochs'>): string => (planned === null ? String(epoch) : `${epoch} of ${planned}`)
