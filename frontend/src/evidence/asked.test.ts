import { describe, expect, it } from 'vitest'

import type { Run } from '../api/types'
import { askedFor, experimentsOf, queryOf, runsOf, stateOf } from './asked'

const run = (id: number, experiment?: number, rest: Partial<Run> = {}): Run =>
  ({ id, status: 'finished', archived: false, experiment: experiment === undefined ? null : { id: experiment, name: `E${experiment}` }, ...rest }) as Run

const RUNS = [run(1, 1), run(2, 1), run(3), run(4, 2), run(5, 3, { archived: true })]
const HELD = new Map(RUNS.map((each) => [each.id, each]))
const KNOWN = experimentsOf(RUNS)

describe('what is judged', () => {
  it('is the experiment that the address names, before chosen runs', () => {
    expect(askedFor('7', [1], KNOWN, [])).toEqual({ experiment: 7 })
  })

  it('is the chosen runs, when there are any', () => {
    expect(askedFor(undefined, [3, 4], KNOWN, [])).toEqual({ runs: [3, 4] })
    expect(askedFor(undefined, [], KNOWN, [])).toEqual({ experiment: 2 })
  })

  it('is the newest experiment, else the newest runs', () => {
    expect(KNOWN.map(({ id, runs }) => [id, runs.length])).toEqual([[2, 1], [1, 2]])
    expect(askedFor(undefined, undefined, KNOWN, [3])).toEqual({ experiment: 2 })
    expect(askedFor(undefined, undefined, [], [3])).toEqual({ runs: [3] })
    expect(askedFor('nonsense', undefined, [], [])).toEqual({ runs: [] })
    expect(queryOf({ runs: [] })).toEqual({ runs: '' })
    expect(queryOf({ runs: [1, 2] })).toEqual({ runs: '1,2' })
  })

  it('is judged again when a run comes or ends', () => {
    const before = runsOf({ experiment: 1 }, HELD)
    expect(before.map(({ id }) => id)).toEqual([1, 2])
    expect(stateOf(before)).toBe(stateOf(before.toReversed()))
    expect(stateOf([...before, run(6, 1)])).not.toBe(stateOf(before))
    expect(stateOf([run(1, 1, { status: 'running' }), run(2, 1)])).not.toBe(stateOf(before))
  })
})
