import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import type { Errand, Run, RunSpec, Series } from '../api/types'
import type { LabEvent } from '../api/events'
import { LabStore } from './store'

const run = (id: number, part: Partial<Run> = {}): Run => ({ id, name: `run ${id}`, status: 'queued', ...part }) as Run

const point = (id: number, epoch: number, value = epoch / 10): LabEvent => ({
  id,
  type: 'metrics',
  data: { run: 1, epoch, step: epoch * 10, time: 't', values: { 'test/accuracy': value }, nonfinite: [] },
})

const rewind = (id: number, epoch: number): LabEvent => ({ id, type: 'rewind', data: { run: 1, epoch, step: epoch * 10 } })

const series = (...value: number[]): Series[] => [
  {
    run: 1,
    key: 'test/accuracy',
    epoch: value.map((_, place) => place + 1),
    step: value.map((_, place) => (place + 1) * 10),
    time: value.map(() => 't'),
    value,
    nonfinite: {},
  },
]

describe('the store', () => {
  let store: LabStore
  const values = () => store.get().columns.get(1)?.get('test/accuracy')?.value

  beforeEach(() => {
    store = new LabStore()
  })

  it('follows a run from event to event', () => {
    store.reset([run(1)], [])
    store.apply({ id: 5, type: 'run', data: run(1, { status: 'running' }) })
    store.apply({ id: 6, type: 'run', data: run(2) })
    expect([...store.get().runs.values()].map(({ status }) => status)).toEqual(['running', 'queued'])
  })

  it('takes runs of other kinds, which have no spec', () => {
    store.reset([run(1)], [])
    store.apply({ id: 5, type: 'run', data: { ...run(2), kind: 'external', spec: null, epochs: null, progress: null } })
    expect([...store.get().settled.keys()]).toEqual([1, 2])
  })

  it('keeps the newest state of an errand, whichever comes first', () => {
    const errand = (status: Errand['status']): Errand => ({ id: 3, status }) as Errand
    store.apply({ id: 7, type: 'errand', data: errand('running') })
    store.addErrands([errand('waiting')], 6)
    expect(store.get().errands.get(3)?.status).toBe('running')

    store.addErrands([errand('done')], 9)
    store.apply({ id: 8, type: 'errand', data: errand('running') })
    expect(store.get().errands.get(3)?.status).toBe('done')
  })

  it('forgets errands that a list from after the reset lacks, but for those that an event has told of since', () => {
    const errand = (id: number): Errand => ({ id, status: 'waiting' }) as Errand
    store.addErrands([errand(3), errand(4)], 90)
    store.reset([], [], 5)
    store.apply({ id: 7, type: 'errand', data: errand(5) })
    expect([...store.get().errands.keys()]).toEqual([3, 4, 5])

    store.addErrands([errand(4)], 6)
    store.keepErrands(new Set([4]), 6)
    expect([...store.get().errands.keys()]).toEqual([4, 5])

    store.apply({ id: 6, type: 'errand', data: errand(3) })
    expect(store.get().errands.has(3)).toBe(false)
  })

  it('knows which events move the queue, and takes its new order', () => {
    store.reset([run(1, { queue_position: 1 }), run(2, { queue_position: 2 }), run(3, { status: 'finished' })], [])
    const started = run(1, { status: 'running', queue_position: null })
    expect(store.movesQueue(started)).toBe(true)
    expect(store.movesQueue(run(3, { status: 'finished' }))).toBe(false)
    store.apply({ id: 5, type: 'run', data: started })
    expect(store.movesQueue(started)).toBe(false)

    store.takeQueue([2])
    expect([...store.get().runs.values()].map((each) => each.queue_position)).toEqual([null, 1, null])

    store.apply({ id: 6, type: 'run', data: run(2, { queue_position: null, name: 'renamed' }) })
    expect(store.get().runs.get(2)).toMatchObject({ name: 'renamed', queue_position: 1 })
  })

  it('leaves what stands still alone while a run makes progress', () => {
    const spec = { model: 'cnn' } as RunSpec
    store.reset([run(1, { spec, status: 'running' }), run(2, { spec })], [])
    const before = store.get().settled

    store.apply({ id: 5, type: 'run', data: run(1, { spec: { ...spec }, progress: 0.5, status: 'running' }) })
    expect(store.get().settled).toBe(before)
    expect(store.get().runs.get(1)?.progress).toBe(0.5)

    store.apply({ id: 6, type: 'run', data: run(1, { spec, name: 'renamed' }) })
    expect(store.get().settled.get(1)).toMatchObject({ name: 'renamed', status: 'queued' })
    expect(store.get().settled.get(2)).toBe(before.get(2))
  })

  it('tells of a point at once, of progress a little later, and of both less often while nobody looks', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const looks = { away: false }
    store = new LabStore(() => looks.away)
    store.reset([run(1, { status: 'running' })], [])
    store.fillColumns(store.beginColumns([1], ['test/accuracy']), series(0.1), 3)
    vi.runAllTimers()
    const heard = vi.fn()
    store.subscribe(heard)
    const progress = (id: number) => {
      store.apply({ id, type: 'run', data: run(1, { status: 'running', progress: id / 100 }) })
    }

    for (let id = 4; id < 14; id += 1) {
      progress(id)
      vi.advanceTimersByTime(20)
    }
    expect(heard).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(heard).toHaveBeenCalledTimes(1)

    progress(14)
    store.apply(point(15, 2))
    vi.advanceTimersByTime(20)
    expect(heard).toHaveBeenCalledTimes(2)

    looks.away = true
    store.apply(point(16, 3))
    vi.advanceTimersByTime(500)
    expect(heard).toHaveBeenCalledTimes(2)
    store.notify()
    vi.runAllTimers()
    expect(heard).toHaveBeenCalledTimes(3)
  })

  it('forgets a run that was deleted', () => {
    store.reset([run(1), run(2)], [])
    store.fillColumns(store.beginColumns([1], ['test/accuracy']), series(0.1), 3)
    store.apply({ id: 5, type: 'removed', data: { run: 1 } })
    store.apply(point(6, 2))
    expect([...store.get().runs.keys()]).toEqual([2])
    expect(values()).toBeUndefined()
  })

  it('takes the stream’s word over a late answer’s', () => {
    store.apply({ id: 5, type: 'run', data: run(1, { status: 'running' }) })
    store.addRuns([run(1), run(2)])
    expect(store.get().runs.get(1)?.status).toBe('running')
    expect(store.get().runs.has(2)).toBe(true)
  })

  it('keeps an event’s word over an answer from before it, and over an event that came again', () => {
    store.reset([run(2)], [], 5)
    store.apply({ id: 8, type: 'run', data: run(1, { status: 'finished' }) })
    store.apply({ id: 9, type: 'removed', data: { run: 3 } })
    store.addRuns([run(1, { status: 'running' }), run(3)], 7)
    store.apply({ id: 6, type: 'run', data: run(1, { status: 'running' }) })
    expect([...store.get().runs.values()].map(({ id, status }) => [id, status])).toEqual([[2, 'queued'], [1, 'finished']])

    store.addRuns([run(1, { name: 'renamed' })], 10)
    expect(store.get().runs.get(1)?.name).toBe('renamed')
  })

  it('keeps what it holds when it begins anew, until all has been heard of', () => {
    store.reset([run(2), run(1)], [], 90)
    store.fillColumns(store.beginColumns([1], ['test/accuracy']), series(0.1), 90)
    store.reset([run(3), run(2, { name: 'renamed' })], [], 5)
    expect([...store.get().runs.keys()].sort()).toEqual([1, 2, 3])
    expect(store.get().runs.get(2)?.name).toBe('renamed')
    expect(store.unheard()).toEqual([1])

    store.forget(store.unheard())
    expect([...store.get().runs.keys()].sort()).toEqual([2, 3])
    expect(values()).toBeUndefined()
  })

  it('knows that a run has left the queue although it does not hold it', () => {
    store.reset([run(9)], [])
    store.takeQueue([3, 4])
    expect(store.movesQueue(run(3, { status: 'running' }))).toBe(true)
    expect(store.movesQueue(run(5, { status: 'running' }))).toBe(false)
  })

  it('knows for what the lab has answered, also that it has nothing', () => {
    const load = store.beginColumns([1], ['lr'])
    expect(store.hasAnswer(1, 'lr')).toBe(false)
    store.fillColumns(load, [], 3)
    expect([store.hasAnswer(1, 'lr'), store.hasAnswer(1, 'gap'), store.hasAnswer(2, 'lr')]).toEqual([true, false, false])
  })

  it('holds no columns that nobody asked for', () => {
    store.apply(point(5, 1))
    expect(values()).toBeUndefined()
  })

  it('grows columns that it holds, once for each event', () => {
    store.fillColumns(store.beginColumns([1], ['test/accuracy']), series(0.1), 5)
    store.apply(point(6, 2))
    store.apply(point(6, 2))
    expect(values()).toEqual([0.1, 0.2])
  })

  it('skips events that the snapshot has in it, a rewind above all', () => {
    store.fillColumns(store.beginColumns([1], ['test/accuracy']), series(0.1, 0.2), 7)
    store.apply(rewind(6, 0))
    store.apply(point(7, 2))
    expect(values()).toEqual([0.1, 0.2])
  })

  it('keeps what came while the snapshot was on its way', () => {
    const load = store.beginColumns([1], ['test/accuracy'])
    store.apply(point(6, 2))
    store.apply(point(8, 3))
    store.fillColumns(load, series(0.1, 0.2), 7)
    expect(values()).toEqual([0.1, 0.2, 0.3])
  })

  it('loses nothing when two snapshots overlap', () => {
    const first = store.beginColumns([1], ['test/accuracy'])
    const second = store.beginColumns([1], ['test/accuracy'])
    store.apply(point(8, 3))
    store.fillColumns(first, series(0.1, 0.2), 7)
    store.apply(point(9, 4))
    store.fillColumns(second, series(0.1, 0.2), 7)
    expect(values()).toEqual([0.1, 0.2, 0.3, 0.4])
  })

  it('cuts what a rewind took back', () => {
    store.fillColumns(store.beginColumns([1], ['test/accuracy']), series(0.1, 0.2, 0.3), 5)
    store.apply(rewind(6, 1))
    store.apply(point(7, 2, 0.9))
    expect(values()).toEqual([0.1, 0.9])
  })

  it('takes a further key without losing what it holds', () => {
    store.fillColumns(store.beginColumns([1], ['test/accuracy']), series(0.1), 5)
    store.apply({ id: 6, type: 'metrics', data: { run: 1, epoch: 2, step: 20, time: 't', values: { 'test/accuracy': 0.2, lr: 2 }, nonfinite: [] } })
    expect(store.get().columns.get(1)?.has('lr')).toBe(false)

    const rates = [{ ...series(1, 2)[0], key: 'lr' }] as Series[]
    store.fillColumns(store.beginColumns([1], ['lr']), rates, 6)
    store.apply({ id: 7, type: 'metrics', data: { run: 1, epoch: 3, step: 30, time: 't', values: { 'test/accuracy': 0.3, lr: 3 }, nonfinite: [] } })

    expect(values()).toEqual([0.1, 0.2, 0.3])
    expect(store.get().columns.get(1)?.get('lr')?.value).toEqual([1, 2, 3])
  })

  it('tells its listeners of a burst once', () => {
    vi.useFakeTimers()
    const heard = vi.fn()
    store.subscribe(heard)
    for (let id = 1; id <= 50; id += 1) store.apply({ id, type: 'run', data: run(id) })
    vi.runAllTimers()
    expect(heard).toHaveBeenCalledTimes(1)
    vi.useRealTimers()
  })
})
