// The shared worker: one hub for all tabs.
import { Hub, type Request } from './hub'
import { openStream } from './stream'

const hub = new Hub(openStream)

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (port === undefined) return
  port.onmessage = ({ data }: MessageEvent<Request>) => {
    hub.hear(port, data)
  }
  // A tab that crashes sends no `leave`; the browser closes its end of the port.
  port.addEventListener('close', () => {
    hub.hear(port, { kind: 'leave' })
  })
})
