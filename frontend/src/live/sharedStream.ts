// A tab's event stream: from the browser's shared worker, or else from its own connection.
import { api } from '../api/client'
import type { Notice, Request } from './hub'
import { openStream, type Stream, type StreamHandlers } from './stream'

/** Streams every event after `after`; the returned function ends it. */
export function listen(url: URL, after: number, given: Omit<StreamHandlers, 'onRefused'>): () => void {
  // The lab has answered, and refused: any request finds out whether it asks for a token now.
  const handlers = { ...given, onRefused: () => void api.GET('/api/v1/session').catch(() => undefined) }
  const stream = typeof SharedWorker === 'undefined' ? openStream(url, after, handlers) : join(url, after, handlers)
  const wake = (): void => {
    if (document.visibilityState !== 'hidden') stream.wake()
  }
  // A page that Back brings out of the browser's cache has been away, as after a reset.
  const comeBack = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) given.onReset()
  }
  window.addEventListener('pageshow', comeBack)
  window.addEventListener('online', wake)
  window.addEventListener('pagehide', stream.close)
  document.addEventListener('visibilitychange', wake)
  return () => {
    window.removeEventListener('pageshow', comeBack)
    window.removeEventListener('online', wake)
    window.removeEventListener('pagehide', stream.close)
    document.removeEventListener('visibilitychange', wake)
    stream.close()
  }
}

function join(url: URL, after: number, handlers: StreamHandlers): Stream {
  const { port } = new SharedWorker(new URL('./hub.worker.ts', import.meta.url), { type: 'module', name: 'skiplab' })
  const ask = (request: Request): void => {
    port.postMessage(request)
  }
  port.onmessage = ({ data: notice }: MessageEvent<Notice>) => {
    switch (notice.kind) {
      case 'event':
        handlers.onEvent(notice.event)
        return
      case 'connection':
        handlers.onConnection(notice.connection)
        return
      case 'reset':
        handlers.onReset()
        return
      case 'refused':
        handlers.onRefused()
    }
  }
  ask({ kind: 'join', url: url.href, after })
  return {
    wake: () => {
      ask({ kind: 'wake' })
    },
    close: () => {
      ask({ kind: 'leave' })
      port.close()
    },
  }
}
