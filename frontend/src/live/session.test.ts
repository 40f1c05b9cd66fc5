import { beforeEach, describe, expect, it, vi } from 'vitest'

import { errand, KEY, run, runsDownFrom, series } from '../../tests/fakeLab'
import { onLab } from '../../tests/onLab'
import { MOST_RUNS } from './session'

describe('the session', () => {
  const on = onLab()

  describe('loads runs', () => {
    it('the newest first and the older ones behind them', async () => {
      on.lab.runs = runsDownFrom(60)
      const letGo = on.lab.hold('page')
      await on.start()
      expect([on.held().length, on.session.get().more]).toEqual([50, 10])
      letGo()
      await on.settle()
      expect([on.held().length, on.session.get().more]).toEqual([60, 0])
    })

    it('that a link names beside their curves, however old they are', async () => {
      on.lab.runs = runsDownFrom(60)
      on.lab.series = [series(3, 0.1)]
      on.lab.hold('page')
      on.session.want([3], [KEY])
      await on.start()
      expect(on.session.store.get().runs.has(3)).toBe(true)
      expect(on.values(3)).toEqual([0.1])
      expect(on.lab.asked.filter((name) => name === 'columns')).toHaveLength(1)
    })

    it('and goes on with the older ones after a failure', async () => {
      on.lab.runs = runsDownFrom(60)
      on.lab.failing.add('page')
      await on.start()
      on.lab.failing.clear()
      await vi.advanceTimersByTimeAsync(3_000)
      expect(on.held()).toHaveLength(60)
    })

    it('not by a run’s answer, where the stream has said that it was deleted', async () => {
      on.lab.runs = runsDownFrom(60)
      on.lab.hold('page')
      await on.start()
      const letGo = on.lab.hold('run')
      const found = on.session.loadRun(3)
      on.lab.send({ id: 101, type: 'removed', data: { run: 3 } })
      letGo()
      expect(await found).toBe(false)
      expect(on.session.store.get().runs.has(3)).toBe(false)
    })
  })

  describe('loads errands', () => {
    const errands = () => [...on.session.store.get().errands.values()].map(({ id, status }) => `${id} ${status}`).sort()

    it('with those that are open for longer than the newest reach', async () => {
      on.lab.mostErrands = 2
      on.lab.errands = [errand(6, 'done'), errand(5, 'failed'), errand(4, 'done'), errand(3, 'running'), errand(2), errand(1, 'done')]
      await on.start()
      await on.session.loadErrands()
      expect(errands()).toEqual(['2 waiting', '3 running', '5 failed', '6 done'])
    })

    it('again after a reset, although the stream stays live, and forgets those that are gone', async () => {
      on.lab.errands = [errand(2, 'running'), errand(1)]
      await on.start()
      await on.session.loadErrands()
      const { snapshots } = on.session.get()
      on.lab.errands = [errand(3)]
      on.lab.eventId = 3
      on.lab.reset()
      await on.settle()
      expect(on.session.get().snapshots).toBe(snapshots + 1)
      await on.session.loadErrands()
      expect(errands()).toEqual(['3 waiting'])
    })

    it('and takes no answer from before a reset, but the next one', async () => {
      on.lab.errands = [errand(1)]
      await on.start()
      const letGo = on.lab.hold('newest errands')
      const before = on.session.loadErrands()
      on.lab.errands = [errand(1, 'running')]
      on.lab.eventId = 3
      on.lab.reset()
      await on.settle()
      letGo()
      await before
      expect(errands()).toEqual([])
      await on.session.loadErrands()
      expect(errands()).toEqual(['1 running'])
    })

    it('and takes an answer that came after the new beginning of the server, before its snapshot', async () => {
      on.lab.errands = [errand(1)]
      await on.start()
      await on.session.loadErrands()
      on.lab.errands = [errand(1, 'running')]
      on.lab.eventId = 3
      const letGo = on.lab.hold('first page')
      on.lab.reset()
      await on.session.loadErrands()
      expect(errands()).toEqual(['1 waiting'])
      letGo()
      await on.settle()
      await on.session.loadErrands()
      expect(errands()).toEqual(['1 running'])
    })

    it('and keeps one that changed between two of the answers, by its event', async () => {
      on.lab.errands = [errand(1)]
      on.lab.mostErrands = 0
      await on.start()
      await on.session.loadErrands()
      const letGo = on.lab.hold('waiting errands')
      on.lab.errands = []
      const asked = on.session.loadErrands()
      on.lab.send({ id: 101, type: 'errand', data: errand(1, 'running') })
      letGo()
      await asked
      expect(errands()).toEqual(['1 running'])
    })
  })

  describe('that begins again', () => {
    it('keeps the older runs, and takes what they are now', async () => {
      on.lab.runs = runsDownFrom(60)
      await on.start()
      const { settled } = on.session.store.get()
      on.lab.runs = [run(61), ...on.lab.runs.filter(({ id }) => id !== 5)].map((each) => (each.id === 4 ? run(4, { name: 'renamed' }) : each))
      const letGo = on.lab.hold('page')
      on.lab.reset()
      await on.settle()
      expect([on.held().length, on.session.get().more]).toEqual([61, 0])
      expect(on.session.store.get().settled.get(3)).toBe(settled.get(3))

      letGo()
      await on.settle()
      expect(on.held()).toEqual(on.lab.runs.map(({ id }) => id))
      expect(on.session.store.get().runs.get(4)?.name).toBe('renamed')
      expect(on.session.store.get().settled.get(3)).toBe(settled.get(3))
    })

    it('takes another lab’s runs, whose events count from another number', async () => {
      on.lab.runs = runsDownFrom(8)
      await on.start()
      on.lab.runs = [run(2, { name: 'another' }), run(1)]
      on.lab.eventId = 3
      on.lab.reset()
      await on.settle()
      expect(on.held()).toEqual([2, 1])
      expect(on.session.store.get().runs.get(2)?.name).toBe('another')
    })

    it('takes no page that was asked for before', async () => {
      on.lab.runs = runsDownFrom(60)
      const letGo = on.lab.hold('page')
      await on.start()
      on.lab.runs = [...runsDownFrom(60).slice(0, 55)]
      on.lab.reset()
      await on.settle()
      letGo()
      await on.settle()
      expect(on.held()).toEqual(on.lab.runs.map(({ id }) => id))
      expect(on.session.get().more).toBe(0)
    })

    it('looks after the runs beyond its pages, which a link has named', async () => {
      on.lab.runs = runsDownFrom(MOST_RUNS + 2_000)
      await on.start()
      await Promise.all([3, 4].map(on.session.loadRun))
      expect(on.session.store.get().runs.has(3)).toBe(true)
      on.lab.runs = on.lab.runs.filter(({ id }) => id !== 4).map((each) => (each.id === 3 ? run(3, { status: 'finished' }) : each))
      on.lab.reset()
      await on.settle()
      expect(on.session.store.get().runs.get(3)?.status).toBe('finished')
      expect(on.session.store.get().runs.has(4)).toBe(false)
    })
  })

  describe('the queue', () => {
    const order = () => on.session.store.get().queue
    const starts = (id: number, event: number) => {
      on.lab.send({ id: event, type: 'run', data: run(id, { status: 'running' }) })
    }

    beforeEach(async () => {
      on.lab.runs = runsDownFrom(60)
      on.lab.queue = [3, 51, 52]
      on.lab.hold('page')
      await on.start()
      await vi.advanceTimersByTimeAsync(250)
    })

    it('is asked for again when a run leaves it that is not held', async () => {
      expect(order()).toEqual([3, 51, 52])
      on.lab.queue = [51, 52]
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      expect(order()).toEqual([51, 52])
    })

    it('does not go back to an older order that comes late', async () => {
      const letGo = on.lab.hold('queue')
      on.lab.queue = [51, 52]
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      on.lab.holdNoMore('queue')
      on.lab.queue = [52]
      starts(51, 102)
      await vi.advanceTimersByTimeAsync(250)
      expect(order()).toEqual([52])
      letGo()
      await on.settle()
      expect(order()).toEqual([52])
    })

    it('takes no order that was asked for before a snapshot, be it of another lab', async () => {
      const letGo = on.lab.hold('queue')
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      on.lab.holdNoMore('queue')
      on.lab.queue = [2]
      on.lab.eventId = 5
      on.lab.reset()
      await vi.advanceTimersByTimeAsync(250)
      letGo()
      await on.settle()
      expect(order()).toEqual([2])
    })

    it('is asked for at once after a snapshot, though an older request fails behind it', async () => {
      const letGo = on.lab.hold('queue')
      on.lab.failing.add('queue')
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      on.lab.holdNoMore('queue')
      on.lab.failing.clear()
      on.lab.queue = [52]
      const letPage = on.lab.hold('first page')
      on.lab.reset()
      letGo()
      await on.settle()
      letPage()
      await vi.advanceTimersByTimeAsync(250)
      expect(order()).toEqual([52])
      expect(on.session.get().queueProblem).toBeNull()
    })

    it('says that it failed, keeps its order, and is tried again by hand and by itself', async () => {
      on.lab.failing.add('queue')
      starts(3, 101)
      await vi.advanceTimersByTimeAsync(250)
      expect(on.session.get().queueProblem?.message).toBe('busy')
      expect(order()).toEqual([3, 51, 52])

      on.lab.failing.clear()
      on.lab.queue = [51]
      on.session.retryQueue()
      await on.settle()
      expect(on.session.get().queueProblem).toBeNull()
      expect(order()).toEqual([51])

      on.lab.failing.add('queue')
      starts(51, 102)
      await vi.advanceTimersByTimeAsync(250)
      on.lab.failing.clear()
      on.lab.queue = []
      await vi.advanceTimersByTimeAsync(3_000)
      expect([on.session.get().queueProblem, order()]).toEqual([null, []])
    })
  })
})
