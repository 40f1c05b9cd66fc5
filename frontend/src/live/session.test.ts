import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { errand, FakeLab, KEY, NOW, run, runsDownFrom, series } from '../../tests/fakeLab'
import { MOST_RUNS, Session } from './session'
import type { LabEvent } from '../api/events'

describe('the session', () => {
  let lab: FakeLab
  let session: Session
  const held = () => [...session.store.get().runs.keys()].sort((a, b) => b - a)
  const values = (id: number) => session.store.get().columns.get(id)?.get(KEY)?.value
  const settle = () => vi.advanceTimersByTimeAsync(0)
  const start = async () => {
    session.start()
    await settle()
  }

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW })
    lab = new FakeLab()
    session = new Session(lab.dependencies())
  })

  afterEach(() => {
    session.stop()
    vi.useRealTimers()
  })

  describe('loads runs', () => {
    it('the newest first and the older ones behind them', async () => {
      lab.runs = runsDownFrom(60)
      const letGo = lab.hold('page')
      await start()
      expect([held().length, session.get().more]).toEqual([50, 10])
      letGo()
      await settle()
      expect([held().length, session.get().more]).toEqual([60, 0])
    })

    it('that a link names beside their curves, however old they are', async () => {
      lab.runs = runsDownFrom(60)
      lab.series = [series(3, 0.1)]
      lab.hold('page')
      session.want([3], [KEY])
      await start()
      expect(session.store.get().runs.has(3)).toBe(true)
      expect(values(3)).toEqual([0.1])
      expect(lab.asked.filter((name) => name === 'columns')).toHaveLength(1)
    })

    it('and goes on with the older ones after a failure', async () => {
      lab.runs = runsDownFrom(60)
      lab.failing.add('page')
      await start()
      lab.failing.clear()
      await vi.advanceTimersByTimeAsync(3_000)
      expect(held()).toHaveLength(60)
    })

    it('not by a run’s answer, where the stream has said that it was deleted', async () => {
      lab.runs = runsDownFrom(60)
      lab.hold('page')
      await start()
      const letGo = lab.hold('run')
      const found = session.loadRun(3)
      lab.send({ id: 101, type: 'removed', data: { run: 3 } })
      letGo()
      expect(await found).toBe(false)
      expect(session.store.get().runs.has(3)).toBe(false)
    })
  })

  describe('loads errands', () => {
    const errands = () => [...session.store.get().errands.values()].map(({ id, status }) => `${id} ${status}`).sort()

    it('with those that are open for longer than the newest reach', async () => {
      lab.mostErrands = 2
      lab.errands = [errand(6, 'done'), errand(5, 'failed'), errand(4, 'done'), errand(3, 'running'), errand(2), errand(1, 'done')]
      await start()
      await session.loadErrands()
      expect(errands()).toEqual(['2 waiting', '3 running', '5 failed', '6 done'])
    })

    it('again after a reset, although the stream stays live, and forgets those that are gone', async () => {
      lab.errands = [errand(2, 'running'), errand(1)]
      await start()
      await session.loadErrands()
      const { snapshots } = session.get()
      lab.errands = [errand(3)]
      lab.eventId = 3
      lab.reset()
      await settle()
      expect(session.get().snapshots).toBe(snapshots + 1)
      await session.loadErrands()
      expect(errands()).toEqual(['3 waiting'])
    })

    it('and takes no answer from before a reset, but the next one', async () => {
      lab.errands = [errand(1)]
      await start()
      const letGo = lab.hold('newest errands')
      const before = session.loadErrands()
      lab.errands = [errand(1, 'running')]
      lab.eventId = 3
      lab.reset()
      await settle()
      letGo()
      await before
      expect(errands()).toEqual([])
      await session.loadErrands()
      expect(errands()).toEqual(['1 running'])
    })

    it('and takes an answer that came after the new beginning of the server, before its snapshot', async () => {
      lab.errands = [errand(1)]
      await start()
      await session.loadErrands()
      lab.errands = [errand(1, 'running')]
      lab.eventId = 3
      const letGo = lab.hold('first page')
      lab.reset()
      await session.loadErrands()
      expect(errands()).toEqual(['1 waiting'])
      letGo()
      await settle()
      await session.loadErrands()
      expect(errands()).toEqual(['1 running'])
    })

    it('and keeps one that changed between two of the answers, by its event', async () => {
      lab.errands = [errand(1)]
      lab.mostErrands = 0
      await start()
      await session.loadErrands()
      const letGo = lab.hold('waiting errands')
      lab.errands = []
      const asked = session.loadErrands()
      lab.send({ id: 101, type: 'errand', data: errand(1, 'running') })
      letGo()
      await asked
      expect(errands()).toEqual(['1 running'])
    })
  })

  describe('that begins again', () => {
    it('keeps the older runs, and takes what they are now', async () => {
      lab.runs = runsDownFrom(60)
      await start()
      const { settled } = session.store.get()
      lab.runs = [run(61), ...lab.runs.filter(({ id }) => id !== 5)].map((each) => (each.id === 4 ? run(4, { name: 'renamed' }) : each))
      const letGo = lab.hold('page')
      lab.reset()
      await settle()
      expect([held().length, session.get().more]).toEqual([61, 0])
      expect(session.store.get().settled.get(3)).toBe(settled.get(3))

      letGo()
      await settle()
      expect(held()).toEqual(lab.runs.map(({ id }) => id))
      expect(session.store.get().runs.get(4)?.name).toBe('renamed')
      expect(session.store.get().settled.get(3)).toBe(settled.get(3))
    })

    it('takes another lab’s runs, whose events count from another number', async () => {
      lab.runs = runsDownFrom(8)
      await start()
      lab.runs = [run(2, { name: 'another' }), run(1)]
      lab.eventId = 3
      lab.reset()
      await settle()
      expect(held()).toEqual([2, 1])
      expect(session.store.get().runs.get(2)?.name).toBe('another')
    })

    it('takes no page that was asked for before', async () => {
      lab.runs = runsDownFrom(60)
      const letGo = lab.hold('page')
      await start()
      lab.runs = [...runsDownFrom(60).slice(0, 55)]
      lab.reset()
      await settle()
      letGo()
      await settle()
      expect(held()).toEqual(lab.runs.map(({ id }) => id))
      expect(session.get().more).toBe(0)
    })

    it('looks after the runs beyond its pages, which a link has named', async () => {
      lab.runs = runsDownFrom(MOST_RUNS + 2_000)
      await start()
      await Promise.all([3, 4].map(session.loadRun))
      expect(session.store.get().runs.has(3)).toBe(true)
      lab.runs = lab.runs.filter(({ id }) => id !== 4).map((each) => (each.id === 3 ? run(3, { status: 'finished' }) : each))
      lab.reset()
      await settle()
      expect(session.store.get().runs.get(3)?.status).toBe('finished')
      expect(session.store.get().runs.has(4)).toBe(false)
    })
  })

  describe('columns', () => {
    beforeEach(() => {
      lab.runs = runsDownFrom(9)
      lab.series = [series(1, 0.1), series(9, 0.9)]
    })

    it('that failed are missing until they have come, whatever else comes', async () => {
      session.want([1, 2], [KEY])
      lab.failing.add('columns')
      await start()
      expect(session.get().columnsProblem?.message).toBe('busy')

      lab.failing.clear()
      session.want([9], [KEY])
      await settle()
      expect(values(9)).toEqual([0.9])
      expect(session.get().columnsProblem?.message).toBe('busy')

      session.retryColumns()
      await settle()
      expect(session.get().columnsProblem).toBeNull()
      expect(values(1)).toEqual([0.1])
    })

    it('that failed before a snapshot are asked for with it', async () => {
      session.want([1], [KEY])
      lab.failing.add('columns')
      await start()
      lab.failing.clear()
      lab.reset()
      await settle()
      expect(session.get().columnsProblem).toBeNull()
      expect(values(1)).toEqual([0.1])
    })

    it('from before a snapshot do not replace those from after it', async () => {
      await start()
      const letGo = lab.hold('columns')
      session.want([1], [KEY])
      await settle()
      lab.holdNoMore('columns')
      lab.series = [series(1, 0.1, 0.2, 0.3)]
      lab.eventId = 120
      lab.reset()
      await settle()
      expect(values(1)).toEqual([0.1, 0.2, 0.3])
      letGo()
      await settle()
      expect(values(1)).toEqual([0.1, 0.2, 0.3])
    })

    it('come for the others where a run went while nobody listened', async () => {
      session.want([1, 9], [KEY])
      await start()
      lab.runs = lab.runs.filter(({ id }) => id !== 9)
      session.want([1, 9], ['lr'])
      await settle()
      expect(session.get().columnsProblem).toBeNull()
      expect([session.store.hasAnswer(1, 'lr'), held().includes(9)]).toEqual([true, false])
    })
  })

  describe('points that a client logs', () => {
    const logged = (id: number, step: number): LabEvent => ({ id, type: 'points', data: { run: 1, step, time: new Date(NOW).toISOString(), new_keys: [] } })

    beforeEach(async () => {
      lab.runs = [run(1, { status: 'running', kind: 'external' })]
      lab.series = [series(1, 0.1)]
      session.want([1], [KEY])
      await start()
    })

    it('are loaded from the lowest of their steps on, once for all events of a second', async () => {
      lab.series = [{ ...series(1, 0.1, 0.2, 0.3), epoch: [0, 0, 0] }]
      lab.send(logged(101, 20))
      lab.send(logged(102, 30))
      expect(values(1)).toEqual([0.1])
      await vi.advanceTimersByTimeAsync(1_000)
      expect(values(1)?.slice(-2)).toEqual([0.2, 0.3])
      // The last known step too: another key may have been logged at it since.
      expect(lab.since).toEqual([null, 9])
    })

    it('are asked for again after a failure', async () => {
      lab.failing.add('columns')
      lab.send(logged(101, 20))
      await vi.advanceTimersByTimeAsync(1_000)
      lab.failing.clear()
      await vi.advanceTimersByTimeAsync(1_000)
      expect(lab.since).toEqual([null, 9, 9])
    })

    it('of a run that nobody looks at are not loaded', async () => {
      lab.send({ ...logged(101, 20), data: { run: 2, step: 20, time: new Date(NOW).toISOString(), new_keys: ['loss'] } } as LabEvent)
      await vi.advanceTimersByTimeAsync(5_000)
      expect(lab.since).toEqual([null])
      expect(session.store.get().newKeys).toBe(1)
    })
  })

  describe('the queue', () => {
    const order = () => session.store.get().queue
    const starts = (id: number, event: number) => {
      lab.send({ id: event, type: 'run', data: run(id, { status: 'running' }) })
    }

    beforeEach(async () => {
      lab.runs = runsDownFrom(60)
      lab.queue = [3, 51, 52]
      lab.hold('page')
      await start()
      await vi.advanceTimersByTimeAsync(250)
    })

    it('is asked for again when a run leaves it that is not held', async () => {
      expect(order()).toEqual([3, 51, 52])
      lab.queue = [51, 52]
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      expect(order()).toEqual([51, 52])
    })

    it('does not go back to an older order that comes late', async () => {
      const letGo = lab.hold('queue')
      lab.queue = [51, 52]
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      lab.holdNoMore('queue')
      lab.queue = [52]
      starts(51, 102)
      await vi.advanceTimersByTimeAsync(250)
      expect(order()).toEqual([52])
      letGo()
      await settle()
      expect(order()).toEqual([52])
    })

    it('takes no order that was asked for before a snapshot, be it of another lab', async () => {
      const letGo = lab.hold('queue')
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      lab.holdNoMore('queue')
      lab.queue = [2]
      lab.eventId = 5
      lab.reset()
      await vi.advanceTimersByTimeAsync(250)
      letGo()
      await settle()
      expect(order()).toEqual([2])
    })

    it('is asked for at once after a snapshot, though an older request fails behind it', async () => {
      const letGo = lab.hold('queue')
      lab.failing.add('queue')
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      lab.holdNoMore('queue')
      lab.failing.clear()
      lab.queue = [52]
      const letPage = lab.hold('first page')
      lab.reset()
      letGo()
      await settle()
      letPage()
      await vi.advanceTimersByTimeAsync(250)
      expect(order()).toEqual([52])
      expect(session.get().queueProblem).toBeNull()
    })

    it('says that it failed, keeps its order, and is tried again by hand and by itself', async () => {
      lab.failing.add('queue')
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      expect(session.get().queueProblem?.message).toBe('busy')
      expect(order()).toEqual([3, 51, 52])

      lab.failing.clear()
      lab.queue = [51]
      session.retryQueue()
      await settle()
      expect(session.get().queueProblem).toBeNull()
      expect(order()).toEqual([51])

      lab.failing.add('queue')
      starts(51, 102)
      await vi.advanceTimersByTimeAsync(250)
      lab.failing.clear()
      lab.queue = []
      await vi.advanceTimersByTimeAsync(3_000)
      expect([session.get().queueProblem, order()]).toEqual([null, []])
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
      lab.runs = [run(1, { status: 'running' })]
    })

    it.each([-FIVE_MINUTES, FIVE_MINUTES])('is of now on a healthy run, though the lab’s clock is off by %i ms', async (off) => {
      lab.at = NOW + off
      await start()
      lab.send(point(101, NOW + off))
      expect(session.get().points.get(1)).toBe(NOW)
    })

    it('is as old as it was measured, where it is heard of late', async () => {
      lab.series = [series(1, 0.1, 0.2)]
      session.want([1], [KEY])
      await start()
      expect(session.get().points.get(1)).toBe(NOW - 59_000)
      lab.send(point(101, NOW - 30_000))
      expect(session.get().points.get(1)).toBe(NOW - 30_000)
    })

    it('is none any more once its run has stopped', async () => {
      await start()
      lab.send(point(101, NOW))
      lab.send({ id: 102, type: 'run', data: run(1, { status: 'paused' }) })
      lab.send({ id: 103, type: 'run', data: run(1, { status: 'running' }) })
      expect(session.get().points.size).toBe(0)
    })
  })
})
