// The session's dependencies: requests, event stream, page visibility. Tests replace them.
import { answer, api, EVENTS_URL, type Answer } from '../api/client'
import type { Errand, Run, Series, Worker } from '../api/types'
import { idle } from '../lib/idle'
import { MOST_POINTS } from './columns'
import { listen } from './sharedStream'
import type { StreamHandlers } from './stream'

export interface RunPage {
  items: Run[]
  /** The last of them, where older ones follow. */
  next_cursor: number | null
  total: number
}

export type ColumnsAnswer = Answer<{ series: Series[] }>

export type ErrandsAnswer = Answer<{ items: Errand[] }>

/** Of an errand that has not ended. */
export type OpenStatus = Extract<Errand['status'], 'waiting' | 'running'>

/** Each throws Problem. */
export interface Requests {
  /** The newest runs, or those older than `cursor`. */
  page: (limit: number, cursor?: number) => Promise<Answer<RunPage>>
  run: (id: number) => Promise<Answer<Run>>
  workers: () => Promise<Answer<{ items: Worker[] }>>
  queue: () => Promise<Answer<{ items: number[] }>>
  /** The newest errands, of that status where one is given. */
  errands: (status?: OpenStatus) => Promise<ErrandsAnswer>
  /** Of a run with more, `MOST_POINTS` of each key; with `since` only points after that step. */
  columns: (runs: readonly number[], keys: readonly string[], since?: number) => Promise<ColumnsAnswer>
}

export interface SessionDependencies {
  requests: Requests
  /** Streams every event after `after`; the returned function ends it. */
  listen: (after: number, handlers: Omit<StreamHandlers, 'onRefused'>) => () => void
  /** When what was loaded has been drawn. */
  idle: () => Promise<void>
  sight: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>
}

/** What waits for the page to be drawn waits no longer than that. */
const LATEST_MS = 1_000

/** The most that the API lists: none of the open errands may be missing. */
const MOST_OPEN = 1_000

export function browserDependencies(sight: Document): SessionDependencies {
  return { requests, listen: (after, handlers) => listen(EVENTS_URL, after, handlers), idle: () => idle(LATEST_MS), sight }
}

const requests: Requests = {
  page: (limit, cursor) => {
    const at = cursor === undefined ? {} : { cursor }
    return answer(api.GET('/api/v1/runs', { params: { query: { limit, ...at, archived: 'all' } } }))
  },
  run: (id) => answer(api.GET('/api/v1/runs/{run_id}', { params: { path: { run_id: id } } })),
  workers: () => answer(api.GET('/api/v1/workers')),
  queue: () => answer(api.GET('/api/v1/queue')),
  errands: (status) => answer(api.GET('/api/v1/errands', { params: { query: status === undefined ? {} : { status, limit: MOST_OPEN } } })),
  columns: (runs, keys, since) => {
    const after = since === undefined ? {} : { since_step: since }
    return answer(api.GET('/api/v1/metrics', { params: { query: { runs: runs.join(','), keys: keys.join(','), max_points: MOST_POINTS, ...after } } }))
  },
}
