// Loads requested columns into the store.
import { asProblem, Problem } from '../api/problem'
import type { Series } from '../api/types'
import { groupBy } from '../lib/collections'
import { lastStep, MOST_POINTS, NO_COLUMNS } from './columns'
import type { ColumnsAnswer, Requests } from './dependencies'
import type { ColumnsLoad, LabStore } from './store'

interface Ask {
  readonly runs: readonly number[]
  readonly keys: readonly string[]
}

interface Handlers {
  /** Request a run; false if it does not exist. Throws Problem. */
  loadRun: (id: number) => Promise<boolean>
  onSeries: (series: readonly Series[]) => void
  /** Of the loads that have failed, the newest; null once none is left. */
  onProblem: (problem: Problem | null) => void
}

/** From points that a client has logged to the request for them; they are requested as often while more arrive. */
const FOLLOW_MS = 1_000

export class ColumnLoads {
  readonly #request: Requests['columns']
  readonly #store: LabStore
  readonly #handlers: Handlers
  /** Run to metric keys. */
  readonly #asked = new Map<number, Set<string>>()
  readonly #failed = new Set<Ask>()
  /** Runs with points that are not loaded, and the lowest step among these. */
  readonly #behind = new Map<number, number>()
  #following: ReturnType<typeof setTimeout> | undefined
  #early = new Map<string, Promise<ColumnsAnswer | null>>()
  /** Counts the snapshots; none yet: nothing is loaded before the first, which asks for all. */
  #turn = 0

  constructor(request: Requests['columns'], store: LabStore, handlers: Handlers) {
    this.#request = request
    this.#store = store
    this.#handlers = handlers
  }

  /** Load these keys of these runs, and keep them current. */
  want(runs: readonly number[], keys: readonly string[]): void {
    const missing = groupBy(runs, (run) => keys.filter((key) => !this.#asked.get(run)?.has(key)).join(','))
    missing.delete('')
    for (const [joined, fresh] of missing) {
      const added = joined.split(',')
      for (const run of fresh) this.#asked.set(run, new Set([...(this.#asked.get(run) ?? []), ...added]))
      if (this.#turn > 0) void this.#load({ runs: fresh, keys: added })
    }
  }

  /** Request what a link names in parallel with the snapshot; on failure it is requested again later. */
  askEarly(): void {
    this.#early = new Map(this.#all().map((ask) => [nameOf(ask), this.#request(ask.runs, ask.keys).catch(() => null)]))
  }

  /** Load everything after a snapshot; the stream continues from event `after`. */
  loadAll(after: number): void {
    this.#turn += 1
    this.#failed.clear()
    this.#handlers.onProblem(null)
    for (const ask of this.#all()) void this.#load(ask, since(after, this.#early.get(nameOf(ask))))
    this.#early.clear()
  }

  retry(): void {
    for (const ask of this.#failed) void this.#load(ask)
  }

  /** A client has logged points of this run, at this step and later ones: they are loaded soon. */
  follow(run: number, step: number): void {
    if (!this.#asked.has(run)) return
    this.#behind.set(run, Math.min(step, this.#behind.get(run) ?? Infinity))
    this.#following ??= setTimeout(() => void this.#catchUp(), FOLLOW_MS)
  }

  stop(): void {
    clearTimeout(this.#following)
    this.#following = undefined
    this.#behind.clear()
  }

  async #catchUp(): Promise<void> {
    const timer = this.#following
    const behind = [...this.#behind]
    this.#behind.clear()
    await Promise.all(behind.map(([run, step]) => this.#extend(run, step)))
    // Stopped meanwhile.
    if (this.#following !== timer) return
    this.#following = this.#behind.size > 0 ? setTimeout(() => void this.#catchUp(), FOLLOW_MS) : undefined
  }

  /** Load the points of a run from `step` on, and what an event that was replaced may have announced before them. */
  async #extend(run: number, step: number): Promise<void> {
    const turn = this.#turn
    const keys = [...(this.#asked.get(run) ?? [])]
    const again = (): void => {
      if (turn === this.#turn) this.#behind.set(run, Math.min(step, this.#behind.get(run) ?? Infinity))
    }
    // What is still loading may have been read before these points.
    if (!keys.every((key) => this.#store.hasAnswer(run, key))) {
      again()
      return
    }
    const columns = this.#store.get().columns.get(run) ?? NO_COLUMNS
    const long = [...columns.values()].some(({ step: steps }) => steps.length > 2 * MOST_POINTS)
    const since = long ? -1 : Math.min(step, lastStep(columns) ?? 0) - 1
    try {
      const { data, eventId } = await this.#request([run], keys, since)
      if (turn !== this.#turn) return
      this.#store.extendColumns(run, keys, since, data.series, eventId ?? 0)
    } catch (error) {
      // A run that was deleted is gone with its event.
      if (asProblem(error).status !== 404) again()
    }
  }

  /** All requested columns, runs with equal keys together. */
  #all(): Ask[] {
    const alike = groupBy(this.#asked, ([, keys]) => [...keys].join(','))
    return [...alike].map(([keys, runs]) => ({ runs: runs.map(([run]) => run), keys: keys.split(',') }))
  }

  async #load(ask: Ask, early?: Promise<ColumnsAnswer | null>): Promise<void> {
    const turn = this.#turn
    const load = this.#store.beginColumns(ask.runs, ask.keys)
    const found = await this.#answerTo(ask, early).catch(asProblem)
    // A snapshot since has requested all of it again, because the stream has a gap before it.
    if (turn !== this.#turn) this.#store.giveUpColumns(load)
    else if (found instanceof Problem) this.#fail(ask, load, found)
    else this.#take(ask, load, found)
  }

  #take(ask: Ask, load: ColumnsLoad, { data, eventId }: ColumnsAnswer): void {
    this.#store.fillColumns(load, data.series, eventId ?? 0)
    this.#handlers.onSeries(data.series)
    // What has failed beside it is still missing.
    if (this.#failed.delete(ask) && this.#failed.size === 0) this.#handlers.onProblem(null)
  }

  #fail(ask: Ask, load: ColumnsLoad, problem: Problem): void {
    this.#store.giveUpColumns(load)
    this.#failed.add(ask)
    this.#handlers.onProblem(problem)
  }

  /** A link may name runs that are not loaded, or deleted. */
  async #answerTo({ runs, keys }: Ask, early?: Promise<ColumnsAnswer | null>): Promise<ColumnsAnswer> {
    const isHeld = (run: number): boolean => this.#store.get().runs.has(run)
    const [found] = await Promise.all([early, this.#lookFor(runs.filter((run) => !isHeld(run)))])
    if (found) return found
    const ask = (): Promise<ColumnsAnswer> => this.#request(runs.filter(isHeld), keys)
    return ask().catch(async (error: unknown) => {
      if (asProblem(error).status !== 404) throw error
      // A loaded run was deleted without an event: check which one.
      await this.#lookFor(runs)
      return ask()
    })
  }

  async #lookFor(runs: readonly number[]): Promise<void> {
    await Promise.all(runs.map(this.#handlers.loadRun))
  }
}

const nameOf = ({ runs, keys }: Ask): string => `${keys.join()} of ${runs.join()}`

/** An early response, if it covers everything before the stream. */
async function since(after: number, early: Promise<ColumnsAnswer | null> | undefined): Promise<ColumnsAnswer | null> {
  const found = await early
  return found && (found.eventId ?? 0) >= after ? found : null
}
