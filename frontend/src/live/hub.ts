// One stream for all tabs of a browser, which allows only six connections to one host. Lives in a shared worker
// (hub.worker.ts); pure of it, so that tests can drive it.
import type { LabEvent } from '../api/events'
import type { Connection, Stream, StreamHandlers } from './stream'

/** From a tab to the hub. */
export type Request = { kind: 'join'; url: string; after: number } | { kind: 'wake' } | { kind: 'leave' }

/** From the hub to a tab. */
export type Notice = { kind: 'event'; event: LabEvent } | { kind: 'connection'; connection: Connection } | { kind: 'reset' } | { kind: 'refused' }

export interface Port {
  postMessage: (notice: Notice) => void
}

/** Events kept for tabs that connect later: their snapshot may be slightly older than the newest event. */
const MOST_KEPT = 5_000

export class Hub {
  readonly #open: (url: URL, after: number, handlers: StreamHandlers) => Stream
  readonly #tabs = new Set<Port>()
  #stream: Stream | null = null
  #connection: Connection = 'connecting'
  /** What came after event `#from`, complete. */
  #kept: LabEvent[] = []
  #from = 0

  constructor(open: (url: URL, after: number, handlers: StreamHandlers) => Stream) {
    this.#open = open
  }

  hear(tab: Port, request: Request): void {
    switch (request.kind) {
      case 'join':
        this.#join(tab, new URL(request.url), request.after)
        return
      case 'wake':
        this.#stream?.wake()
        return
      case 'leave':
        this.#tabs.delete(tab)
        if (this.#tabs.size === 0) this.#stop()
    }
  }

  #join(tab: Port, url: URL, after: number): void {
    this.#tabs.add(tab)
    if (this.#stream === null || after < this.#from) {
      // A tab behind the kept events makes all tabs receive them again: duplicates are harmless.
      this.#stop()
      this.#from = after
      this.#stream = this.#open(url, after, this.#handlers)
    }
    tab.postMessage({ kind: 'connection', connection: this.#connection })
    for (const event of this.#kept) {
      if (event.id > after) tab.postMessage({ kind: 'event', event })
    }
  }

  readonly #handlers: StreamHandlers = {
    onEvent: (event) => {
      this.#kept.push(event)
      if (this.#kept.length > MOST_KEPT) this.#from = this.#kept.shift()?.id ?? this.#from
      this.#notify({ kind: 'event', event })
    },
    onReset: () => {
      this.#stop()
      this.#notify({ kind: 'reset' })
    },
    onConnection: (connection) => {
      this.#connection = connection
      this.#notify({ kind: 'connection', connection })
    },
    onRefused: () => {
      this.#notify({ kind: 'refused' })
    },
  }

  #stop(): void {
    this.#stream?.close()
    this.#stream = null
    this.#connection = 'connecting'
    this.#kept = []
  }

  #notify(notice: Notice): void {
    for (const tab of this.#tabs) tab.postMessage(notice)
  }
}
