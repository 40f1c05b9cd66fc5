// The shared worker: every tab that connects speaks to the one hub.
import { Hub, type Request } from './hub'
import { openStream } from './stream'

const hub = new Hub(openStream)

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (port === undefined) return
  port.onmessage = ({ data }: MessageEvent<Request>) => {
    hub.hear(port, data)
  }
})
