import { beforeEach, describe, expect, it, vi } from 'vitest'

import { KEY, NOW, run, runsDownFrom, series } from '../../tests/fakeLab'
import { onLab } from '../../tests/onLab'
import type { LabEvent } from '../api/events'

describe('the session’s points', () => {
  const on = onLab()

  describe('columns', () => {
    beforeEach(() => {
      on.lab.runs = runsDownFrom(9)
      on.lab.series = [series(1, 0.1), series(9, 0.9)]
    })

    it('that failed are missing until they have come, whatever else comes', async () => {
      on.session.want([1, 2], [KEY])
      on.lab.failing.add('columns')
      await on.start()
      expect(on.session.get().columnsProblem?.message).toBe('busy')

      on.lab.failing.clear()
      on.session.want([9], [KEY])
      await on.settle()
      expect(on.values(9)).toEqual([0.9])
      expect(on.session.get().columnsProblem?.message).toBe('busy')

      on.session.retryColumns()
      await on.settle()
      expect(on.session.get().columnsProblem).toBeNull()
      expect(on.values(1)).toEqual([0.1])
    })

    it('that failed before a snapshot are asked for with it', async () => {
      on.session.want([1], [KEY])
      on.lab.failing.add('columns')
      await on.start()
      on.lab.failing.clear()
      on.lab.reset()
      await on.settle()
      expect(on.session.get().columnsProblem).toBeNull()
      expect(on.values(1)).toEqual([0.1])
    })

    it('from before a snapshot do not replace those from after it', async () => {
      await on.start()
      const letGo = on.lab.hold('columns')
      on.session.want([1], [KEY])
      await on.settle()
      on.lab.holdNoMore('columns')
      on.lab.series = [series(1, 0.1, 0.2, 0.3)]
      on.lab.eventId = 120
      on.lab.reset()
      await on.settle()
      expect(on.values(1)).toEqual([0.1, 0.2, 0.3])
      letGo()
      await on.settle()
      expect(on.values(1)).toEqual([0.1, 0.2, 0.3])
    })

    it('come for the others where a run went while nobody listened', async () => {
      on.session.want([1, 9], [KEY])
      await on.start()
      on.lab.runs = on.lab.runs.filter(({ id }) => id !== 9)
      on.session.want([1, 9], ['lr'])
      await on.settle()
      expect(on.session.get().columnsProblem).toBeNull()
      expect([on.session.store.hasAnswer(1, 'lr'), on.held().includes(9)]).toEqual([true, false])
    })
  })

  describe('points that a client logs', () => {
    const logged = (id: number, step: number): LabEvent => ({ id, type: 'points', data: { run: 1, step, time: new Date(NOW).toISOString(), new_keys: [] } })

    beforeEach(async () => {
      on.lab.runs = [run(1, { status: 'running', kind: 'external' })]
      on.lab.series = [series(1, 0.1)]
      on.session.want([1], [KEY])
      await on.start()
    })

    it('are loaded from the lowest of their steps on, once for all events of a second', async () => {
      on.lab.series = [{ ...series(1, 0.1, 0.2, 0.3), epoch: [0, 0, 0] }]
      on.lab.send(logged(101, 20))
      on.lab.send(logged(102, 30))
      expect(on.values(1)).toEqual([0.1])
      await vi.advanceTimersByTimeAsync(1_000)
      expect(on.values(1)?.slice(-2)).toEqual([0.2, 0.3])
      // The last known step too: another key may have been logged at it since.
      expect(on.lab.since).toEqual([null, 9])
    })

    it('are asked for again after a failure', async () => {
      on.lab.failing.add('columns')
      on.lab.send(logged(101, 20))
      await vi.advanceTimersByTimeAsync(1_000)
      on.lab.failing.clear()
      await vi.advanceTimersByTimeAsync(1_000)
      expect(on.lab.since).toEqual([null, 9, 9])
    })

    it('of a run that nobody looks at are not loaded', async () => {
      on.lab.send({ ...logged(101, 20), data: { run: 2, step: 20, time: new Date(NOW).toISOString(), new_keys: ['loss'] } } as LabEvent)
      await vi.advanceTimersByTimeAsync(5_000)
      expect(on.lab.since).toEqual([null])
      expect(on.session.store.get().newKeys).toBe(1)
    })
  })

  describe('the newest point', () => {
    const FIVE_MINUTES = 300_000
    const point = (id: number, at: number): LabEvent => ({
      id,
      type: 'metrics',
      data: { run: 1, epoch: 1, step: 10, time: new Date(at).toISOString(), values: { [KEY]: 0.1 }, nonfinite: [] },
    })

    beforeEach(() => {
      on.lab.runs = [run(1, { status: 'running' })]
    })

    it.each([-FIVE_MINUTES, FIVE_MINUTES])('is of now on a healthy run, though the lab’s clock is off by %i ms', async (off) => {
      on.lab.at = NOW + off
      await on.start()
      on.lab.send(point(101, NOW + off))
      expect(on.session.get().points.get(1)).toBe(NOW)
    })

    it('is as old as it was measured, where it is heard of late', async () => {
      on.lab.series = [series(1, 0.1, 0.2)]
      on.session.want([1], [KEY])
      await on.start()
      expect(on.session.get().points.get(1)).toBe(NOW - 59_000)
      on.lab.send(point(101, NOW - 30_000))
      expect(on.session.get().points.get(1)).toBe(NOW - 30_000)
    })

    it('is none any more once its run has stopped', async () => {
      await on.start()
      on.lab.send(point(101, NOW))
      on.lab.send({ id: 102, type: 'run', data: run(1, { status: 'paused' }) })
      on.lab.send({ id: 103, type: 'run', data: run(1, { status: 'running' }) })
      expect(on.session.get().points.size).toBe(0)
    })
  })
})
