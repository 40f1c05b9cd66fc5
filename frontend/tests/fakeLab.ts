// A lab in the tests' hand, in place of what the session depends on: it answers when a test lets it.
import type { Answer } from '../src/api/client'
import type { LabEvent } from '../src/api/events'
import { Problem } from '../src/api/problem'
import type { Errand, Run, Series } from '../src/api/types'
import type { Requests, SessionDependencies } from '../src/live/dependencies'

export const KEY = 'test/accuracy'
export const NOW = Date.parse('2026-01-01T12:00:00Z')

export const run = (id: number, part: Partial<Run> = {}): Run => ({ id, name: `run ${id}`, status: 'queued', spec: { model: 'cnn' }, ...part }) as Run

export const errand = (id: number, status: Errand['status'] = 'waiting'): Errand => ({ id, status }) as Errand

export const runsDownFrom = (newest: number): Run[] => Array.from({ length: newest }, (_, place) => run(newest - place))

export const series = (id: number, ...value: number[]): Series => ({
  run: id,
  key: KEY,
  epoch: value.map((_, place) => place + 1),
  step: value.map((_, place) => (place + 1) * 10),
  time: value.map((_, place) => new Date(NOW - 60_000 + place * 1_000).toISOString()),
  value,
  nonfinite: {},
})

/** A lab whose answers are true when they are asked for, and come when a test lets them. */
export class FakeLab {
  runs: Run[] = []
  queue: number[] = []
  /** Newest first. */
  errands: Errand[] = []
  series: Series[] = []
  eventId = 100
  at: number | null = null
  readonly asked: string[] = []
  readonly opened: Parameters<SessionDependencies['listen']>[1][] = []
  /** The step after which points were asked for, of each request for columns; null: all. */
  readonly since: (number | null)[] = []
  /** Requests that fail, by name. */
  readonly failing = new Set<string>()
  /** As many errands are listed where no status is asked for. */
  mostErrands = 100
  readonly #held = new Map<string, Promise<void>>()

  /** Keeps the answers to these requests, all that come from now on, until the returned function lets them go. */
  hold(name: string): () => void {
    let letGo = (): void => undefined
    this.#held.set(name, new Promise((resolve) => (letGo = resolve)))
    return () => {
      this.#held.delete(name)
      letGo()
    }
  }

  /** Lets what comes from now on through again, and keeps what is held. */
  holdNoMore(name: string): void {
    this.#held.delete(name)
  }

  send(event: LabEvent): void {
    this.eventId = Math.max(this.eventId, event.id)
    this.opened.at(-1)?.onEvent(event)
  }

  reset(): void {
    this.opened.at(-1)?.onReset()
  }

  readonly dependencies = (): SessionDependencies => ({
    requests: this.requests,
    listen: (_, handlers) => {
      this.opened.push(handlers)
      return () => undefined
    },
    idle: () => Promise.resolve(),
    sight: { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined },
  })

  async #answer<T>(name: string, data: () => T): Promise<Answer<T>> {
    this.asked.push(name)
    const fails = this.failing.has(name)
    const answer = fails ? null : { data: data(), eventId: this.eventId, at: this.at }
    await this.#held.get(name)
    if (answer === null) throw new Problem('busy', { status: 503 })
    return answer
  }

  readonly requests: Requests = {
    page: (limit, cursor) =>
      this.#answer(cursor === undefined ? 'first page' : 'page', () => {
        const older = this.runs.filter(({ id }) => cursor === undefined || id < cursor)
        const items = older.slice(0, limit)
        return { items, next_cursor: older.length > limit ? (items.at(-1)?.id ?? null) : null, total: this.runs.length }
      }),
    run: async (id) => {
      const found = this.runs.find((each) => each.id === id)
      const { data, ...rest } = await this.#answer('run', () => found)
      if (data === undefined) throw new Problem('gone', { status: 404 })
      return { data, ...rest }
    },
    workers: () => this.#answer('workers', () => ({ items: [] })),
    queue: () => this.#answer('queue', () => ({ items: this.queue })),
    errands: (status) =>
      this.#answer(`${status ?? 'newest'} errands`, () => ({
        items: status === undefined ? this.errands.slice(0, this.mostErrands) : this.errands.filter((errand) => errand.status === status),
      })),
    columns: async (runs, _keys, since) => {
      this.since.push(since ?? null)
      const there = runs.every((id) => this.runs.some((each) => each.id === id))
      const found = await this.#answer('columns', () => ({ series: this.series.filter((each) => runs.includes(each.run)) }))
      if (!there) throw new Problem('gone', { status: 404 })
      return found
    },
  }
}
