import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { events } from '../api/spec.json'
import type { LabEvent } from '../api/events'
import { openStream } from './stream'

/** The browser's EventSource, as far as a stream uses it. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2
  static last: FakeSource
  readyState = 1
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null

  constructor() {
    super()
    FakeSource.last = this
  }

  close(): void {
    this.readyState = FakeSource.CLOSED
  }
}

describe('the stream', () => {
  let heard: LabEvent[]
  let resets: number

  beforeEach(() => {
    heard = []
    resets = 0
    vi.stubGlobal('EventSource', FakeSource)
    openStream(new URL('http://lab/events'), 0, {
      onEvent: (event) => heard.push(event),
      onReset: () => resets++,
      onConnection: () => undefined,
      onRefused: () => undefined,
    })
  })

  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it.each(Object.keys(events).filter((type) => type !== 'reset'))('hears %s', (type) => {
    FakeSource.last.dispatchEvent(new MessageEvent(type, { data: '{"run": 1}', lastEventId: '7' }))
    expect(heard).toEqual([{ id: 7, type, data: { run: 1 } }])
  })

  it('ends at a reset, for the snapshot is loaded again', () => {
    FakeSource.last.dispatchEvent(new MessageEvent('reset', { data: '{}', lastEventId: '7' }))
    expect([heard, resets, FakeSource.last.readyState]).toEqual([[], 1, FakeSource.CLOSED])
  })
})
