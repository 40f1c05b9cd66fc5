import { describe, expect, it } from 'vitest'

import { cut, extend, fromSeries, lastStep, NO_COLUMNS, put, type Columns } from './columns'

const at = (epoch: number, loss: number | null) => ({
  run: 1,
  epoch,
  step: epoch * 10,
  time: `2026-01-01T00:00:0${epoch}Z`,
  values: { 'train/loss': loss },
  nonfinite: [],
})

const grow = (...values: (number | null)[]): Columns =>
  values.reduce<Columns>((columns, value, place) => put(columns, at(place + 1, value)), NO_COLUMNS)

const losses = (columns: Columns) => columns.get('train/loss')?.value

describe('columns', () => {
  it('grow by a point for each epoch', () => {
    expect(grow(2, 1).get('train/loss')).toEqual({
      epoch: [1, 2],
      step: [10, 20],
      time: [Date.UTC(2026, 0, 1, 0, 0, 1), Date.UTC(2026, 0, 1, 0, 0, 2)],
      value: [2, 1],
    })
  })

  it('keep a gap where a value was not finite', () => {
    expect(losses(grow(2, null, 1))).toEqual([2, null, 1])
  })

  it('replace an epoch that comes again', () => {
    expect(losses(put(grow(2, 1), at(2, 0.5)))).toEqual([2, 0.5])
    expect(losses(put(grow(2, 1), at(1, 1.9)))).toEqual([1.9, 1])
  })

  it('take what was logged after a step, in place of what they held of it', () => {
    const held = grow(3, 2, 1)
    const later = fromSeries([{ run: 1, key: 'train/loss', epoch: [0, 0], step: [20, 40], time: ['2026-01-01T00:00:09Z', '2026-01-01T00:00:09Z'], value: [1.9, 0.5], nonfinite: {} }])
    const extended = extend(held, 10, later.get(1) ?? NO_COLUMNS)
    expect(extended.get('train/loss')?.step).toEqual([10, 20, 40])
    expect(losses(extended)).toEqual([3, 1.9, 0.5])
    expect([lastStep(held), lastStep(extended), lastStep(NO_COLUMNS)]).toEqual([30, 40, null])
  })

  it('put a late epoch in its place', () => {
    const late = put(put(NO_COLUMNS, at(1, 3)), at(3, 1))
    expect(losses(put(late, at(2, 2)))).toEqual([3, 2, 1])
  })

  it('end where a rewind says', () => {
    expect(losses(cut(grow(3, 2, 1), 10))).toEqual([3])
    expect(losses(cut(grow(3, 2, 1), 0))).toEqual([])
    expect(losses(cut(grow(3, 2, 1), 70))).toEqual([3, 2, 1])
  })

  it('are not changed, only replaced', () => {
    const before = grow(2)
    put(before, at(2, 1))
    cut(before, 0)
    expect(losses(before)).toEqual([2])
  })

  it('of one run that came together share when they were measured, and keep sharing it', () => {
    const series = (key: string, step: number[]) => ({ run: 1, key, epoch: step, step, time: step.map((each) => `2026-01-01T00:00:0${each}Z`), value: step, nonfinite: {} })
    const loaded = fromSeries([series('train/loss', [1, 2, 3]), series('lr', [1, 2, 3]), series('gap', [1, 3])]).get(1) ?? NO_COLUMNS
    const grown = put(loaded, { ...at(4, 1), step: 4, values: { 'train/loss': 1, lr: 2, gap: 3 } })
    const rewound = cut(grown, 2)
    for (const columns of [loaded, grown, rewound]) {
      const [loss, lr, gap] = ['train/loss', 'lr', 'gap'].map((key) => columns.get(key))
      expect(loss?.time).toBe(lr?.time)
      expect(loss?.step).toBe(lr?.step)
      expect(loss?.step).not.toEqual(gap?.step)
    }
    expect(rewound.get('lr')).toEqual({ epoch: [1, 2], step: [1, 2], time: [1, 2].map((second) => Date.UTC(2026, 0, 1, 0, 0, second)), value: [1, 2] })
    expect(rewound.get('gap')?.step).toEqual([1])
  })

  it('come from series, by run and key', () => {
    const series = (run: number, key: string, value: number[]) => ({ run, key, epoch: [1], step: [10], time: ['t'], value, nonfinite: {} })
    const runs = fromSeries([series(1, 'train/loss', [2]), series(1, 'lr', [0.1]), series(2, 'lr', [0.2])])
    expect([...(runs.get(1)?.keys() ?? [])]).toEqual(['train/loss', 'lr'])
    expect(runs.get(2)?.get('lr')?.value).toEqual([0.2])
  })
})
