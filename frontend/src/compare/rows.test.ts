import { describe, expect, it } from 'vitest'

import type { Run } from '../api/types'
import { bestOf, differencesCsv, rowsOf } from './rows'

const run = (id: number, best: number | null, spec: object = {}, selected_on = 'test'): Run =>
  ({ id, name: `run ${id}`, tags: [], experiment: null, best: best === null ? null : { value: best, epoch: 1, selected_on }, created_at: '2026-01-01T00:00:00Z', trained_seconds: 0, epoch: 1, epochs: 1, device: null, attempt: 1, spec: { model: 'cnn', seed: 0, ...spec } }) as unknown as Run

const row = (id: string, ...runs: Run[]) => rowsOf(runs).find((each) => each.id === id)

describe('the difference table', () => {
  it('knows what differs and what is the same', () => {
    const runs = [run(1, 0.5), run(2, 0.6, { seed: 1 })]
    expect([row('seed', ...runs)?.differs, row('model', ...runs)?.differs]).toEqual([true, false])
  })

  it('marks the best, missing values aside', () => {
    expect(row('best', run(1, 0.5), run(2, 0.6), run(3, null))?.cells.map(({ best }) => best)).toEqual([false, true, false])
  })

  it('marks no best among runs on other versions of one data set', () => {
    const on = (id: number, best: number, version: number): Run => ({ ...run(id, best), data: { version, sha256: null, provenance: 'imported' } })
    const runs = [on(1, 0.5, 1), on(2, 0.6, 2)]
    expect(row('best', ...runs)?.cells.map(({ best }) => best)).toEqual([false, false])
    expect(row('data_version', ...runs)?.differs).toBe(true)
  })

  it('says on which images a best epoch was selected, and marks none where that differs', () => {
    const cells = row('best', run(1, 0.5), run(2, 0.75, {}, 'val'))?.cells
    expect(cells?.map(({ text }) => text)).toEqual(['50.0%, selected on test', '75.0%, selected on validation'])
    expect(cells?.map(({ best }) => best)).toEqual([false, false])
  })

  it('becomes a file with a column for each run', () => {
    const runs = [run(1, 0.5), run(2, 0.75, { seed: 1 }, 'val')]
    const lines = differencesCsv(runs, rowsOf(runs)).split('\r\n')
    expect(lines.slice(0, 3)).toEqual([',#1 run 1,#2 run 2', 'best,0.5,0.75', 'selected_on,test,val'])
    expect(lines).toContain('seed,0,1')
  })

  it('marks nothing where all are equal, or where neither way is better', () => {
    expect(bestOf([2, 2], 1)).toBeUndefined()
    expect(bestOf([1, 2], undefined)).toBeUndefined()
    expect(bestOf([3, undefined, 2], -1)).toBe(2)
  })
})
