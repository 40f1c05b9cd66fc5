// The page's one connection for events. It opens itself again after a failure, from the last event that it has seen.
import { api } from '../api/client'
import type { LabEvent } from './store'

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'offline'

export interface StreamHandlers {
  onEvent: (event: LabEvent) => void
  /** The server no longer holds what came after our last event: everything must be loaded again. */
  onReset: () => void
  onConnection: (connection: Connection) => void
}

const TYPES = ['run', 'metrics', 'rewind', 'removed', 'log', 'catalog', 'worker'] as const

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 5_000
/** Silence for longer than this is not a hiccup any more, and the page says so. */
const OFFLINE_AFTER_MS = 10_000

/** Streams every event after `after`; the returned function ends it. */
export function openStream(url: URL, after: number, handlers: StreamHandlers): () => void {
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
    for (const type of TYPES) {
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
    // Closed by itself: the lab has answered, and refused. Any request finds out whether it asks for a token now.
    if (source?.readyState === EventSource.CLOSED) void api.GET('/api/v1/session').catch(() => undefined)
    source?.close()
    lostAt ??= Date.now()
    const gone = !navigator.onLine || Date.now() - lostAt > OFFLINE_AFTER_MS
    handlers.onConnection(gone ? 'offline' : 'reconnecting')
    retry = setTimeout(connect, delay)
    delay = Math.min(delay * 2, LONGEST_DELAY_MS)
  }

  const connectNow = (): void => {
    if (retry === undefined || document.visibilityState === 'hidden') return
    clearTimeout(retry)
    connect()
  }

  const close = (): void => {
    source?.close()
    clearTimeout(retry)
    window.removeEventListener('online', connectNow)
    document.removeEventListener('visibilitychange', connectNow)
  }

  window.addEventListener('online', connectNow)
  document.addEventListener('visibilitychange', connectNow)
  connect()
  return close
}
