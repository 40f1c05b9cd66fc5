// Keeps a store true to the lab without a gap: load a snapshot, stream from the event it was taken at, begin again on reset.
import { asProblem, type Problem } from '../api/problem'
import type { Run, Series } from '../api/types'
import { groupBy } from '../lib/collections'
import { ColumnLoads } from './columnLoads'
import type { SessionDependencies, RunPage } from './dependencies'
import { newest } from './newest'
import { QueueOrder } from './queueOrder'
import type { LabEvent } from '../api/events'
import { LabStore } from './store'
import type { Connection } from './stream'

export interface SessionState {
  readonly connection: Connection
  /** Whether the snapshot has arrived. */
  readonly loaded: boolean
  /** How many snapshots have arrived: the first, and one after each reset. What no snapshot contains is loaded again after each. */
  readonly snapshots: number
  readonly problem: Problem | null
  /** Number of runs that are not loaded: beyond the limit, or still loading. */
  readonly more: number
  /** When the newest point of each run was measured, in ms by this machine's clock. A run that has stopped since has none. */
  readonly points: ReadonlyMap<number, number>
  /** Some columns could not be loaded, and are missing until they are. */
  readonly columnsProblem: Problem | null
  /** The queue's order could not be loaded; the known one may be outdated. */
  readonly queueProblem: Problem | null
}

/** The first page is small, about two screens of rows, to appear quickly. */
const FIRST_PAGE = 50
const PAGE = 1000
/** Beyond these the table would be a database; older runs are loaded on request. */
export const MOST_RUNS = 5_000
const RETRY_MS = 3_000

export class Session {
  readonly store: LabStore
  #state: SessionState = { connection: 'connecting', loaded: false, snapshots: 0, problem: null, more: 0, points: new Map(), columnsProblem: null, queueProblem: null }
  readonly #dependencies: SessionDependencies
  readonly #listeners = new Set<() => void>()
  readonly #columns: ColumnLoads
  readonly #queue: QueueOrder
  /** Counts the beginnings, so that the answer to an older one is not taken for the newest. */
  #turn = 0
  /** The oldest run that the pages have brought, where older ones follow. */
  #cursor: number | null = null
  /** How many runs the pages of this turn have brought. */
  #listed = 0
  /** By how many ms the lab's clock is ahead of this machine's. */
  #ahead = 0
  #closeStream: () => void = () => undefined
  #retry: ReturnType<typeof setTimeout> | undefined

  /** The first response has arrived, of any kind. */
  readonly answered: Promise<void>
  #hasAnswered: () => void = () => undefined

  constructor(dependencies: SessionDependencies) {
    this.#dependencies = dependencies
    this.store = new LabStore(() => dependencies.sight.hidden)
    this.#columns = new ColumnLoads(dependencies.requests.columns, this.store, {
      loadRun: (id) => this.loadRun(id),
      onSeries: (series) => {
        this.#hearOfSeries(series)
      },
      onProblem: (columnsProblem) => {
        this.#change({ columnsProblem })
      },
    })
    this.#queue = new QueueOrder(dependencies.requests.queue, this.store, (queueProblem) => {
      this.#change({ queueProblem })
    })
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
    this.#dependencies.sight.addEventListener('visibilitychange', this.store.notify)
    void this.#load()
  }

  readonly stop = (): void => {
    this.#turn += 1
    clearTimeout(this.#retry)
    this.#queue.stop()
    this.#columns.stop()
    this.#dependencies.sight.removeEventListener('visibilitychange', this.store.notify)
    this.#closeStream()
  }

  async #load(): Promise<void> {
    const turn = this.#turn
    const { requests } = this.#dependencies
    this.#columns.askEarly()
    try {
      const [runs, workers] = await Promise.all([requests.page(FIRST_PAGE), requests.workers()])
      if (turn !== this.#turn) return
      const least = Math.max(MOST_RUNS, this.#listed)
      this.store.reset(runs.data.items, workers.data.items, runs.eventId ?? 0)
      this.#ahead = (runs.at ?? Date.now()) - Date.now()
      this.#listed = 0
      this.#turnPage(runs.data)
      this.#change({ loaded: true, snapshots: this.#state.snapshots + 1, problem: null })
      const after = Math.min(runs.eventId ?? 0, workers.eventId ?? Infinity)
      this.#stream(after)
      this.#queue.begin()
      this.#columns.loadAll(after)
      void this.#loadRest(turn, least)
    } catch (error) {
      if (turn !== this.#turn) return
      this.#change({ problem: asProblem(error), connection: 'offline' })
      this.#retry = setTimeout(this.start, RETRY_MS)
    } finally {
      this.#hasAnswered()
    }
  }

  /** Load older runs after the first page, at least as many as were loaded before. */
  async #loadRest(turn: number, least: number): Promise<void> {
    await this.#dependencies.idle()
    try {
      while (turn === this.#turn && this.#cursor !== null && this.#listed < least) await this.loadMore()
      if (turn === this.#turn) await this.#lookAfterTheOthers()
    } catch {
      if (turn === this.#turn) this.#retry = setTimeout(() => void this.#loadRest(turn, least), RETRY_MS)
    }
  }

  /** Check runs loaded before the snapshot that none of its pages has: deleted, or older than the pages. */
  async #lookAfterTheOthers(): Promise<void> {
    const reach = this.#cursor ?? 0
    const unheard = this.store.unheard()
    this.store.forget(unheard.filter((run) => run > reach))
    await Promise.all(unheard.filter((run) => run < reach).map(this.loadRun))
  }

  #stream(after: number): void {
    this.#closeStream = this.#dependencies.listen(after, {
      onEvent: (event) => {
        this.#hear(event)
      },
      onReset: this.start,
      onConnection: (connection) => {
        this.#change({ connection })
      },
    })
  }

  #hear(event: LabEvent): void {
    if (event.type === 'removed' || (event.type === 'run' && this.store.movesQueue(event.data))) this.#queue.ask()
    this.store.apply(event)
    if (event.type === 'metrics' || event.type === 'points') this.#hearOf(event.data.run, [event.data.time])
    if (event.type === 'points') this.#columns.follow(event.data.run, event.data.step)
    if (event.type === 'run' && event.data.status !== 'running') this.#forgetPoint(event.data.id)
  }

  #hearOf(run: number, times: readonly (string | undefined)[]): void {
    const { points } = this.#state
    const at = newest(points.get(run) ?? null, times, Date.now(), this.#ahead)
    if (at !== null && at !== points.get(run)) this.#change({ points: new Map(points).set(run, at) })
  }

  /** Of running runs only: the last point of an ended one says nothing about the others. */
  #hearOfSeries(series: readonly Series[]): void {
    const { runs } = this.store.get()
    for (const [run, own] of groupBy(series, ({ run }) => run)) {
      if (runs.get(run)?.status === 'running') this.#hearOf(run, own.map(({ time }) => time.at(-1)))
    }
  }

  /** A run that has stopped may go on tomorrow: its last point is none of that try's. */
  #forgetPoint(run: number): void {
    if (!this.#state.points.has(run)) return
    const points = new Map(this.#state.points)
    points.delete(run)
    this.#change({ points })
  }

  /** Load these keys of these runs, and keep them current. */
  readonly want = (runs: readonly number[], keys: readonly string[]): void => {
    this.#columns.want(runs, keys)
  }

  /** Loads again what of the columns could not be loaded. */
  readonly retryColumns = (): void => {
    this.#columns.retry()
  }

  readonly retryQueue = (): void => {
    this.#queue.retry()
  }

  /** Load a run that a link names; false if it does not exist. Throws Problem. */
  readonly loadRun = async (id: number): Promise<boolean> => {
    try {
      const { data, eventId } = await this.#dependencies.requests.run(id)
      this.store.addRuns([data], eventId ?? 0)
      // Unless an event has reported its deletion meanwhile.
      return this.store.get().runs.has(id)
    } catch (error) {
      if (asProblem(error).status !== 404) throw error
      this.store.forget([id])
      return false
    }
  }

  /** Loads the next page of older runs. Throws Problem. */
  readonly loadMore = async (): Promise<void> => {
    if (this.#cursor === null) return
    const turn = this.#turn
    const { data, eventId } = await this.#dependencies.requests.page(PAGE, this.#cursor)
    if (turn !== this.#turn) return
    this.store.addRuns(data.items, eventId ?? 0)
    this.#turnPage(data)
  }

  #turnPage({ items, next_cursor: cursor, total }: RunPage): void {
    this.#cursor = cursor
    this.#listed += items.length
    this.#change({ more: cursor === null ? 0 : Math.max(0, total - this.store.get().runs.size) })
  }

  /** Loads the open errands, and those that ended last. Throws Problem. */
  readonly loadErrands = async (): Promise<void> => {
    const { snapshots } = this.#state
    const { errands } = this.#dependencies.requests
    const answers = await Promise.all([errands(), errands('waiting'), errands('running')])
    // Events may count from another number since: after each snapshot the page asks again.
    if (snapshots !== this.#state.snapshots) return
    for (const { data, eventId } of answers) this.store.addErrands(data.items, eventId ?? 0)
    // One that changed between two of the answers may be in none; its event is newer than the oldest of them.
    const listed = new Set(answers.flatMap(({ data }) => data.items.map(({ id }) => id)))
    this.store.keepErrands(listed, Math.min(...answers.map(({ eventId }) => eventId ?? 0)))
  }

  /** Add runs that a request has just created; later changes arrive by the event stream. */
  readonly addSubmitted = (runs: readonly Run[]): void => {
    this.store.addRuns(runs)
  }

  #change(part: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...part }
    for (const listener of this.#listeners) listener()
  }
}
