import { beforeEach, describe, expect, it, vi } from 'vitest'

import { Hub, type Notice, type Port } from './hub'
import type { LabEvent } from '../api/events'
import type { StreamHandlers } from './stream'

const URL_TEXT = 'http://lab/api/v1/events'
const event = (id: number): LabEvent => ({ id, type: 'removed', data: { run: id } })

describe('the hub', () => {
  const opened: { after: number; handlers: StreamHandlers; closed: boolean }[] = []
  let hub: Hub

  const tab = () => {
    const heard: Notice[] = []
    const port: Port = { postMessage: (notice) => heard.push(notice) }
    return { port, ids: () => heard.flatMap((notice) => (notice.kind === 'event' ? [notice.event.id] : [])), kinds: () => heard.map(({ kind }) => kind) }
  }
  const join = (port: Port, after: number) => {
    hub.hear(port, { kind: 'join', url: URL_TEXT, after })
  }
  const send = (...ids: number[]) => {
    for (const id of ids) opened.at(-1)?.handlers.onEvent(event(id))
  }

  beforeEach(() => {
    opened.length = 0
    hub = new Hub((_, after, handlers) => {
      const stream = { after, handlers, closed: false }
      opened.push(stream)
      return {
        wake: vi.fn(),
        close: () => {
          stream.closed = true
        },
      }
    })
  })

  it('opens one stream for all tabs', () => {
    const [first, second] = [tab(), tab()]
    join(first.port, 5)
    join(second.port, 5)
    send(6, 7)
    expect(opened.map(({ after }) => after)).toEqual([5])
    expect([first.ids(), second.ids()]).toEqual([[6, 7], [6, 7]])
  })

  it('tells a later tab what came since its own snapshot', () => {
    const [first, late] = [tab(), tab()]
    join(first.port, 5)
    send(6, 7, 8)
    join(late.port, 7)
    expect(late.ids()).toEqual([8])
  })

  it('goes back for a tab that knows less than it has kept', () => {
    const [first, older] = [tab(), tab()]
    join(first.port, 5)
    send(6)
    join(older.port, 3)
    expect(opened.map(({ after, closed }) => [after, closed])).toEqual([[5, true], [3, false]])
    send(4, 5, 6)
    expect(older.ids()).toEqual([4, 5, 6])
  })

  it('lets every tab load again after a reset, and begins anew with the first that has', () => {
    const [first, second] = [tab(), tab()]
    join(first.port, 5)
    join(second.port, 5)
    opened[0]?.handlers.onReset()
    expect([first.kinds().at(-1), second.kinds().at(-1)]).toEqual(['reset', 'reset'])
    join(first.port, 90)
    expect(opened.map(({ after, closed }) => [after, closed])).toEqual([[5, true], [90, false]])
  })

  it('closes the stream behind the last tab', () => {
    const [first, second] = [tab(), tab()]
    join(first.port, 5)
    join(second.port, 5)
    hub.hear(first.port, { kind: 'leave' })
    expect(opened[0]?.closed).toBe(false)
    hub.hear(second.port, { kind: 'leave' })
    expect(opened[0]?.closed).toBe(true)
  })
})
