// What the session has around it: the lab's answers, its stream, and whether somebody looks. Tests put others in their place.
import { answer, api, EVENTS_URL, type Answer } from '../api/client'
import { Problem } from '../api/problem'
import { isLabRun, type Run, type Series, type Worker } from '../api/types'
import { idle } from '../ui/idle'
import { listen } from './shared'
import type { StreamHandlers } from './stream'

export interface RunPage {
  items: Run[]
  /** The last of them, where older ones follow. */
  next_cursor: number | null
  total: number
}

export type ColumnsAnswer = Answer<{ series: Series[] }>

/** Each throws Problem. */
export interface Requests {
  /** The newest runs, or those older than `cursor`. */
  page: (limit: number, cursor?: number) => Promise<Answer<RunPage>>
  run: (id: number) => Promise<Answer<Run>>
  workers: () => Promise<Answer<{ items: Worker[] }>>
  queue: () => Promise<Answer<{ items: number[] }>>
  columns: (runs: readonly number[], keys: readonly string[]) => Promise<ColumnsAnswer>
}

export interface Edge {
  requests: Requests
  /** Streams every event after `after`; the returned function ends it. */
  listen: (after: number, handlers: Omit<StreamHandlers, 'onRefused'>) => () => void
  /** When what was loaded has been drawn. */
  idle: () => Promise<void>
  sight: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>
}

/** What waits for the page to be drawn waits no longer than that. */
const LATEST_MS = 1_000

export function edgeOf(sight: Document): Edge {
  return { requests, listen: (after, handlers) => listen(EVENTS_URL, after, handlers), idle: () => idle(LATEST_MS), sight }
}

const requests: Requests = {
  page: async (limit, cursor) => {
    const at = cursor === undefined ? {} : { cursor }
    const { data, ...rest } = await answer(api.GET('/api/v1/runs', { params: { query: { limit, ...at, archived: 'all', kind: ['lab'] } } }))
    return { ...rest, data: { ...data, items: data.items.filter(isLabRun) } }
  },
  run: async (id) => {
    const { data, ...rest } = await answer(api.GET('/api/v1/runs/{run_id}', { params: { path: { run_id: id } } }))
    if (!isLabRun(data)) throw new Problem(`Run ${id} is of kind ${data.kind}, which this page does not show yet.`, { status: 404 })
    return { ...rest, data }
  },
  workers: () => answer(api.GET('/api/v1/workers')),
  queue: () => answer(api.GET('/api/v1/queue')),
  columns: (runs, keys) => answer(api.GET('/api/v1/metrics', { params: { query: { runs: runs.join(','), keys: keys.join(',') } } })),
}
