// The order of the runs that wait. No event carries it, for one change moves everyone behind: it is asked for again.
import { asProblem, Problem } from '../api/problem'
import type { Requests } from './dependencies'
import type { LabStore } from './store'

/** Once for a burst of events: an experiment queues hundreds of runs. */
const TOGETHER_MS = 250
const RETRY_MS = 3_000

export class QueueOrder {
  readonly #request: Requests['queue']
  readonly #store: LabStore
  readonly #tell: (problem: Problem | null) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Counts the beginnings: what was asked before one may be of another database. */
  #turn = 0
  /** The event up to which the order that is held is true. Requests overlap, and an older answer may come last. */
  #asOf = 0

  constructor(request: Requests['queue'], store: LabStore, tell: (problem: Problem | null) => void) {
    this.#request = request
    this.#store = store
    this.#tell = tell
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
      // The places stay as they were until it is known again.
      this.#tell(found)
      this.ask(RETRY_MS)
      return
    }
    this.#tell(null)
    const asOf = found.eventId ?? this.#asOf
    if (asOf < this.#asOf) return
    this.#asOf = asOf
    this.#store.takeQueue(found.data.items)
  }
}
