// Keeps a store true to the lab without a gap: load a snapshot, stream from the event it was taken at, begin again on reset.
import { answer, api, EVENTS_URL } from '../api/client'
import { asProblem, type Problem } from '../api/problem'
import type { Run, Series } from '../api/types'
import { groupBy } from '../ui/collections'
import { newest } from './newest'
import { LabStore } from './store'
import { listen } from './shared'
import type { Connection } from './stream'

export interface SessionState {
  readonly connection: Connection
  /** The snapshot has arrived: the runs that are held are the runs there are. */
  readonly loaded: boolean
  readonly problem: Problem | null
  /** Runs that are not held: those past the most that a page keeps, and those still on their way. */
  readonly more: number
  /** When the newest point was measured, in ms; null while none is known. */
  readonly pointAt: number | null
  readonly columnsProblem: Problem | null
  /** Columns have been asked for and are not there yet. */
  readonly columnsAwaited: boolean
}

/** The first page is small, so that rows are there soon: two screens of them. */
const FIRST_PAGE = 50
const PAGE = 1000
/** Beyond these the table would be a database; older runs are loaded on request. */
export const MOST_RUNS = 5_000
const RETRY_MS = 3_000
const QUEUE_MS = 250

export class Session {
  readonly store = new LabStore(() => document.hidden)
  #state: SessionState = { connection: 'connecting', loaded: false, problem: null, more: 0, pointAt: null, columnsProblem: null, columnsAwaited: false }
  readonly #listeners = new Set<() => void>()
  /** What the page has asked for: run to metric keys. */
  readonly #asked = new Map<number, Set<string>>()
  #columnLoads = 0
  /** Counts the beginnings, so that the answer to an older one is not taken for the newest. */
  #turn = 0
  #cursor: number | null = null
  #closeStream: () => void = () => undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #queue: ReturnType<typeof setTimeout> | undefined

  /** The lab has answered for the first time, whatever it said. */
  readonly answered: Promise<void>
  #hasAnswered: () => void = () => undefined

  constructor() {
    this.answered = new Promise((resolve) => {
      this.#hasAnswered = resolve
    })
  }

  readonly get = (): SessionState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly start = (): void => {
    this.stop()
    document.addEventListener('visibilitychange', this.store.tell)
    void this.#load()
  }

  readonly stop = (): void => {
    this.#turn += 1
    clearTimeout(this.#retry)
    clearTimeout(this.#queue)
    this.#queue = undefined
    document.removeEventListener('visibilitychange', this.store.tell)
    this.#closeStream()
  }

  async #load(): Promise<void> {
    const turn = ++this.#turn
    // What a link names is asked for beside the snapshot, not after it; where that fails it is asked for again.
    const early = new Map(this.#askedFor().map(([runs, keys]) => [nameOf(runs, keys), columnsOf(runs, keys).catch(() => null)]))
    try {
      const [runs, workers] = await Promise.all([
        answer(api.GET('/api/v1/runs', { params: { query: { limit: FIRST_PAGE, archived: 'all' } } })),
        answer(api.GET('/api/v1/workers')),
      ])
      if (turn !== this.#turn) return
      this.store.reset(runs.data.items, workers.data.items)
      this.#cursor = runs.data.next_cursor
      this.#change({ loaded: true, problem: null, more: runs.data.total - runs.data.items.length })
      const after = Math.min(runs.eventId ?? 0, workers.eventId ?? Infinity)
      this.#stream(after)
      this.#askForQueue()
      for (const [runs, keys] of this.#askedFor()) void this.#loadColumns(runs, keys, this.#since(after, early.get(nameOf(runs, keys))))
      void this.#loadRest(turn)
    } catch (error) {
      if (turn !== this.#turn) return
      this.#change({ problem: asProblem(error), connection: 'offline' })
      this.#retry = setTimeout(this.start, RETRY_MS)
    } finally {
      this.#hasAnswered()
    }
  }

  /** The older runs come behind the first page; nobody waits for them. */
  async #loadRest(turn: number): Promise<void> {
    try {
      while (turn === this.#turn && this.#cursor !== null && this.store.get().runs.size < MOST_RUNS) await this.loadMore()
    } catch {
      // The table's foot offers the rest by hand, and says what is wrong when that fails too.
    }
  }

  #stream(after: number): void {
    this.#closeStream = listen(EVENTS_URL, after, {
      onEvent: (event) => {
        if (event.type === 'removed' || (event.type === 'run' && this.store.movesQueue(event.data))) this.#askForQueue()
        this.store.apply(event)
        if (event.type === 'metrics') this.#hearOf([event.data.time])
      },
      onReset: this.start,
      onConnection: (connection) => {
        this.#change({ connection })
      },
    })
  }

  #hearOf(times: readonly (string | undefined)[]): void {
    this.#change({ pointAt: newest(this.#state.pointAt, times, Date.now()) })
  }

  /** Of runs that train: the last point of one that has ended says nothing of those that go on. */
  #growing(series: readonly Series[]): Series[] {
    const { runs } = this.store.get()
    return series.filter(({ run }) => runs.get(run)?.status === 'running')
  }

  /** Once for a burst of events: an experiment queues hundreds of runs. */
  #askForQueue(wait = QUEUE_MS): void {
    this.#queue ??= setTimeout(() => {
      this.#queue = undefined
      answer(api.GET('/api/v1/queue')).then(
        ({ data }) => {
          this.store.takeQueue(data.items)
        },
        // The places stay as they were until it is known again.
        () => {
          this.#askForQueue(RETRY_MS)
        },
      )
    }, wait)
  }

  /** Sees to it that these keys of these runs are held, from now on. */
  readonly want = (runs: readonly number[], keys: readonly string[]): void => {
    const missing = groupBy(runs, (run) => keys.filter((key) => !this.#asked.get(run)?.has(key)).join(','))
    missing.delete('')
    for (const [joined, fresh] of missing) {
      const added = joined.split(',')
      for (const run of fresh) this.#asked.set(run, new Set([...(this.#asked.get(run) ?? []), ...added]))
      if (this.#state.loaded) void this.#loadColumns(fresh, added)
    }
  }

  readonly retryColumns = (): void => {
    for (const [runs, keys] of this.#askedFor()) void this.#loadColumns(runs, keys)
  }

  /** All that the page has asked for, runs of the same keys together. */
  #askedFor(): [runs: number[], keys: string[]][] {
    const alike = groupBy(this.#asked, ([, keys]) => [...keys].join(','))
    return [...alike].map(([keys, runs]) => [runs.map(([run]) => run), keys.split(',')])
  }

  /** An answer that was asked for early, if it has all that came before the stream. */
  async #since(after: number, early: Promise<ColumnsAnswer | null> | undefined): Promise<ColumnsAnswer | null> {
    const found = await early
    return found && (found.eventId ?? 0) >= after ? found : null
  }

  async #loadColumns(runs: readonly number[], keys: readonly string[], early?: Promise<ColumnsAnswer | null>): Promise<void> {
    const load = this.store.beginColumns(runs, keys)
    this.#columnLoads += 1
    this.#change({ columnsAwaited: true })
    try {
      const { data, eventId } = (await early) ?? (await this.#ofThose(runs, keys))
      this.store.fillColumns(load, data.series, eventId ?? 0)
      this.#hearOf(this.#growing(data.series).map(({ time }) => time.at(-1)))
      this.#change({ columnsProblem: null })
    } catch (error) {
      this.store.giveUpColumns(load)
      this.#change({ columnsProblem: asProblem(error) })
    } finally {
      this.#columnLoads -= 1
      this.#change({ columnsAwaited: this.#columnLoads > 0 })
    }
  }

  /** Columns of the runs that are still there: a link may name others. */
  async #ofThose(runs: readonly number[], keys: readonly string[]): Promise<ColumnsAnswer> {
    await Promise.all(runs.filter((run) => !this.store.get().runs.has(run)).map((run) => this.loadRun(run)))
    return columnsOf(runs.filter((run) => this.store.get().runs.has(run)), keys)
  }

  /** A link may name a run that is not held, or that is gone: then it is false. Throws Problem. */
  readonly loadRun = async (id: number): Promise<boolean> => {
    try {
      const { data } = await answer(api.GET('/api/v1/runs/{run_id}', { params: { path: { run_id: id } } }))
      this.store.addRuns([data])
      return true
    } catch (error) {
      if (asProblem(error).status !== 404) throw error
      return false
    }
  }

  /** Loads the next page of older runs. Throws Problem. */
  readonly loadMore = async (): Promise<void> => {
    if (this.#cursor === null) return
    const query = { limit: PAGE, cursor: this.#cursor, archived: 'all' as const }
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

type ColumnsAnswer = Awaited<ReturnType<typeof columnsOf>>

const nameOf = (runs: readonly number[], keys: readonly string[]): string => `${keys.join()} of ${runs.join()}`

const columnsOf = (runs: readonly number[], keys: readonly string[]) =>
  answer(api.GET('/api/v1/metrics', { params: { query: { runs: runs.join(','), keys: keys.join(',') } } }))
