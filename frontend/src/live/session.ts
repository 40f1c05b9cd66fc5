// Keeps a store true to the lab without a gap: load a snapshot, stream from the event it was taken at, begin again on reset.
import { answer, api, EVENTS_URL } from '../api/client'
import { asProblem, type Problem } from '../api/problem'
import type { Run } from '../api/types'
import { LabStore } from './store'
import { openStream, type Connection } from './stream'

export interface SessionState {
  readonly connection: Connection
  /** The snapshot has arrived: the runs that are held are the runs there are. */
  readonly loaded: boolean
  readonly problem: Problem | null
  /** Older runs that have not been asked for. */
  readonly more: number
  readonly columnsProblem: Problem | null
}

const PAGE = 200
const RETRY_MS = 3_000
const QUEUE_MS = 250

/** What the charts draw; other keys are not asked for. */
const KEYS = ['train/loss', 'test/loss', 'train/accuracy', 'test/accuracy']

export class Session {
  readonly store = new LabStore()
  #state: SessionState = { connection: 'connecting', loaded: false, problem: null, more: 0, columnsProblem: null }
  readonly #listeners = new Set<() => void>()
  readonly #asked = new Set<number>()
  /** Counts the beginnings, so that the answer to an older one is not taken for the newest. */
  #turn = 0
  #cursor: number | null = null
  #closeStream: () => void = () => undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #queue: ReturnType<typeof setTimeout> | undefined

  readonly get = (): SessionState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly start = (): void => {
    this.stop()
    void this.#load()
  }

  readonly stop = (): void => {
    this.#turn += 1
    clearTimeout(this.#retry)
    clearTimeout(this.#queue)
    this.#queue = undefined
    this.#closeStream()
  }

  async #load(): Promise<void> {
    const turn = ++this.#turn
    try {
      const [runs, workers] = await Promise.all([
        answer(api.GET('/api/v1/runs', { params: { query: { limit: PAGE } } })),
        answer(api.GET('/api/v1/workers')),
      ])
      if (turn !== this.#turn) return
      this.store.reset(runs.data.items, workers.data.items)
      this.#cursor = runs.data.next_cursor
      this.#change({ loaded: true, problem: null, more: runs.data.total - runs.data.items.length })
      this.#stream(Math.min(runs.eventId ?? 0, workers.eventId ?? Infinity))
      void this.#loadColumns([...this.#asked])
    } catch (error) {
      if (turn !== this.#turn) return
      this.#change({ problem: asProblem(error), connection: 'offline' })
      this.#retry = setTimeout(this.start, RETRY_MS)
    }
  }

  #stream(after: number): void {
    this.#closeStream = openStream(EVENTS_URL, after, {
      onEvent: (event) => {
        if (event.type === 'run' && this.store.movesQueue(event.data)) this.#askForQueue()
        this.store.apply(event)
      },
      onReset: this.start,
      onConnection: (connection) => {
        this.#change({ connection })
      },
    })
  }

  /** Once for a burst of events: an experiment queues hundreds of runs. */
  #askForQueue(): void {
    this.#queue ??= setTimeout(() => {
      this.#queue = undefined
      answer(api.GET('/api/v1/queue')).then(
        ({ data }) => {
          this.store.takeQueue(data.items)
        },
        // The places stay as they were; the next change asks again.
        () => undefined,
      )
    }, QUEUE_MS)
  }

  /** Sees to it that these runs and their columns are held, from now on. */
  readonly want = (runs: readonly number[]): void => {
    const fresh = runs.filter((run) => !this.#asked.has(run))
    for (const run of fresh) this.#asked.add(run)
    if (this.#state.loaded) void this.#loadColumns(fresh)
  }

  readonly retryColumns = (): void => {
    void this.#loadColumns([...this.#asked])
  }

  async #loadColumns(runs: readonly number[]): Promise<void> {
    if (runs.length === 0) return
    const load = this.store.beginColumns(runs)
    try {
      await Promise.all(runs.filter((run) => !this.store.get().runs.has(run)).map((run) => this.#loadRun(run)))
      const there = runs.filter((run) => this.store.get().runs.has(run)).join(',')
      const query = { runs: there, keys: KEYS.join(',') }
      const { data, eventId } = await answer(api.GET('/api/v1/metrics', { params: { query } }))
      this.store.fillColumns(load, data.series, eventId ?? 0)
      this.#change({ columnsProblem: null })
    } catch (error) {
      this.store.giveUpColumns(load)
      this.#change({ columnsProblem: asProblem(error) })
    }
  }

  /** A link may name a run that is too old for the first page, or that is gone: then it is simply not shown. */
  async #loadRun(id: number): Promise<void> {
    try {
      const { data } = await answer(api.GET('/api/v1/runs/{run_id}', { params: { path: { run_id: id } } }))
      this.store.addRuns([data])
    } catch (error) {
      if (asProblem(error).status !== 404) throw error
    }
  }

  /** Loads the next page of older runs. Throws Problem. */
  readonly loadMore = async (): Promise<void> => {
    if (this.#cursor === null) return
    const query = { limit: PAGE, cursor: this.#cursor }
    const { data } = await answer(api.GET('/api/v1/runs', { params: { query } }))
    this.#cursor = data.next_cursor
    this.store.addRuns(data.items)
    this.#change({ more: data.next_cursor === null ? 0 : Math.max(0, data.total - this.store.get().runs.size) })
  }

  /** Shows runs that a request has just made; the stream tells the rest of their story. */
  readonly welcome = (runs: readonly Run[]): void => {
    this.store.addRuns(runs)
  }

  #change(part: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...part }
    for (const listener of this.#listeners) listener()
  }
}
