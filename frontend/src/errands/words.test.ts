import { describe, expect, it } from 'vitest'

import type { Errand } from '../api/types'
import { dateTime } from '../lib/format'
import { isOpen, since, standingOf, stateOf, workOf } from './words'

const errand = (part: Partial<Errand>): Errand =>
  ({ id: 1, kind: 'measure_card', status: 'waiting', worker: null, done: 0, total: 0, error: null, created_at: '2026-01-01T10:00:00Z', started_at: null, ...part }) as Errand

describe('an errand in words', () => {
  it.each([
    [{}, true, 'Waiting for a worker'],
    [{}, false, 'Waiting for a worker (none is connected)'],
    [{ status: 'running', worker: 'vm' }, true, 'Running on vm'],
    [{ status: 'running', worker: 'vm', done: 3, total: 1200 }, true, 'Running on vm, 3 of 1,200'],
    [{ status: 'running', worker: 'vm' }, false, 'Waiting for a worker (none is connected)'],
    [{ status: 'failed', error: 'out of memory' }, true, 'Failed: out of memory'],
  ] as const)('%o with a worker connected: %s', (part, anyWorker, text) => {
    expect(stateOf(errand(part), anyWorker)).toBe(text)
  })

  it('says what it works on, and of another version’s kind its name', () => {
    expect(workOf(errand({ task: { kind: 'measure_card', model: 'cnn' } }), (key) => key.toUpperCase())).toBe('Measuring CNN')
    expect(workOf(errand({ kind: 'explain', task: null }), (key) => key)).toBe('explain')
  })

  it('waits since it was requested, runs since it was started, and has ended at last', () => {
    const started = { started_at: '2026-01-01T10:05:00Z' }
    expect(since(errand(started), true)).toBe('2026-01-01T10:00:00Z')
    expect(since(errand({ ...started, status: 'running' }), true)).toBe('2026-01-01T10:05:00Z')
    expect([since(errand({ status: 'failed' }), true), isOpen(errand({ status: 'failed' }))]).toEqual([null, false])
  })

  it('does not say since when a running one waits for a worker: its start is another time', () => {
    const running = errand({ status: 'running', started_at: '2026-01-01T10:05:00Z' })
    expect(since(running, false)).toBeNull()
    expect(standingOf(running, false)).toBe('Waiting for a worker (none is connected).')
    expect(standingOf(running, true)).toBe(`Running on a worker, since ${dateTime('2026-01-01T10:05:00Z')}.`)
    expect(standingOf(errand({}), false)).toBe(`Waiting for a worker (none is connected), since ${dateTime('2026-01-01T10:00:00Z')}.`)
  })

  it('is one sentence with one full stop, also where the error has its own', () => {
    expect(standingOf(errand({ status: 'failed', error: 'out of memory' }), true)).toBe('Failed: out of memory.')
    expect(standingOf(errand({ status: 'failed', error: 'The first run downloads them.' }), true)).toBe('Failed: The first run downloads them.')
    expect(standingOf(errand({ status: 'cancelled' }), true)).toBe('Cancelled.')
    expect(standingOf(undefined, true)).toBe('Waiting for a worker.')
  })
})
