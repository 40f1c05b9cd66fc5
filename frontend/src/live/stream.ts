// A connection for events. It opens itself again after a failure, from the last event that it has seen.
import { EVENT_TYPES, type LabEvent } from '../api/events'

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'offline'

export interface StreamHandlers {
  onEvent: (event: LabEvent) => void
  /** The server no longer holds what came after our last event: everything must be loaded again. */
  onReset: () => void
  onConnection: (connection: Connection) => void
  /** The lab has answered, and refused. */
  onRefused: () => void
}

export interface Stream {
  /** Tries again at once, if it is waiting to. */
  wake: () => void
  close: () => void
}

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 5_000
/** Longer silence counts as a lost connection. */
const OFFLINE_AFTER_MS = 10_000

/** Stream every event after `after`. Runs in pages and in workers. */
export function openStream(url: URL, after: number, handlers: StreamHandlers): Stream {
  let last = after
  let delay = FIRST_DELAY_MS
  let lostAt: number | null = null
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | undefined

  const connect = (): void => {
    retry = undefined
    const from = new URL(url)
    from.searchParams.set('after', String(last))
    source = new EventSource(from)
    source.onopen = () => {
      delay = FIRST_DELAY_MS
      lostAt = null
      handlers.onConnection('live')
    }
    source.onerror = lose
    for (const type of EVENT_TYPES) {
      source.addEventListener(type, (message: MessageEvent<string>) => {
        last = Number(message.lastEventId)
        handlers.onEvent({ id: last, type, data: JSON.parse(message.data) as unknown } as LabEvent)
      })
    }
    source.addEventListener('reset', () => {
      close()
      handlers.onReset()
    })
  }

  // The browser's own retry gives up on an error status, such as a proxy's 502, and waits as long as it likes.
  const lose = (): void => {
    if (source?.readyState === EventSource.CLOSED) handlers.onRefused()
    source?.close()
    lostAt ??= Date.now()
    const gone = !navigator.onLine || Date.now() - lostAt > OFFLINE_AFTER_MS
    handlers.onConnection(gone ? 'offline' : 'reconnecting')
    retry = setTimeout(connect, delay)
    delay = Math.min(delay * 2, LONGEST_DELAY_MS)
  }

  const wake = (): void => {
    if (retry === undefined) return
    clearTimeout(retry)
    connect()
  }

  const close = (): void => {
    source?.close()
    clearTimeout(retry)
  }

  connect()
  return { wake, close }
}
