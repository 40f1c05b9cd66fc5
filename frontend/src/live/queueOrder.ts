// The order of the queue. Events do not contain it, since one change moves all runs behind: it is refetched.
import { asProblem, Problem } from '../api/problem'
import type { Requests } from './dependencies'
import type { LabStore } from './store'

/** Once for a burst of events: an experiment queues hundreds of runs. */
const TOGETHER_MS = 250
const RETRY_MS = 3_000

export class QueueOrder {
  readonly #request: Requests['queue']
  readonly #store: LabStore
  readonly #notify: (problem: Problem | null) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Counts snapshots: a request before one may concern another database. */
  #turn = 0
  /** The event up to which the known order is valid. Requests overlap, and an older response may arrive last. */
  #asOf = 0

  constructor(request: Requests['queue'], store: LabStore, notify: (problem: Problem | null) => void) {
    this.#request = request
    this.#store = store
    this.#notify = notify
  }

  begin(): void {
    this.stop()
    this.#asOf = 0
    this.ask()
  }

  stop(): void {
    this.#turn += 1
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  ask(wait = TOGETHER_MS): void {
    this.#timer ??= setTimeout(() => void this.#load(), wait)
  }

  /** Asks at once, without waiting for the next try. */
  retry(): void {
    clearTimeout(this.#timer)
    void this.#load()
  }

  async #load(): Promise<void> {
    this.#timer = undefined
    const turn = this.#turn
    const found = await this.#request().catch(asProblem)
    if (turn !== this.#turn) return
    if (found instanceof Problem) {
      // Positions stay until the order is known again.
      this.#notify(found)
      this.ask(RETRY_MS)
      return
    }
    this.#notify(null)
    const asOf = found.eventId ?? this.#asOf
    if (asOf < this.#asOf) return
    this.#asOf = asOf
    this.#store.takeQueue(found.data.items)
  }
}
