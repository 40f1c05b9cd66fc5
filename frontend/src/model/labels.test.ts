import { describe, expect, it } from 'vitest'

import type { Run, RunSpec } from '../api/types'
import { groupLabels, labels } from './labels'

const run = (id: number, spec: Partial<RunSpec>): Run =>
  ({ id, name: `run ${id}`, spec: { model: 'cnn', dataset: 'digits', seed: 0, epochs: 10, learning_rate: 0.1, ...spec } }) as Run

const named = (...specs: Partial<RunSpec>[]) =>
  [...labels(specs.map((spec, place) => run(place + 1, spec)), (key) => key.toUpperCase()).values()]

describe('labels', () => {
  it('are the network alone where nothing else differs', () => {
    expect(named({ model: 'cnn' }, { model: 'resnet18' })).toEqual(['CNN', 'RESNET18'])
  })

  it('name what differs', () => {
    expect(named({ seed: 0 }, { seed: 1 })).toEqual(['CNN · seed 0', 'CNN · seed 1'])
  })

  it('leave out what most runs share', () => {
    expect(named({}, {}, { learning_rate: 0.5, model: 'resnet18' })).toEqual(['CNN · #1', 'CNN · #2', 'RESNET18 · lr 0.5'])
  })

  it('say what a field without a value means', () => {
    expect(named({ train_limit: null }, { train_limit: 500 })).toEqual(['CNN · images all', 'CNN · images 500'])
    expect(named({ clip_norm: null }, { clip_norm: 1 })).toEqual(['CNN · clip norm off', 'CNN · clip norm 1'])
  })

  it('are the name of a run without a spec', () => {
    const own = { ...run(3, {}), name: 'no-bn', spec: null }
    expect([...labels([run(1, {}), own], (key) => key).values()]).toEqual(['cnn', 'no-bn'])
  })

  it('fall back to the number between equals', () => {
    expect(named({}, {})).toEqual(['CNN · #1', 'CNN · #2'])
  })
})

describe('labels of groups', () => {
  it('count seeds, not runs: a repeated seed is averaged once', () => {
    const runs = [0, 1, 2, 2].map((seed, place) => run(place + 1, { seed }))
    expect([...groupLabels(runs, (key) => key.toUpperCase()).values()]).toEqual(['CNN · n = 3'])
  })

  it('average runs that differ by what they log, as the evidence does', () => {
    const runs = [run(1, { seed: 0, telemetry: ['steps'] }), run(2, { seed: 1, telemetry: [] })]
    expect([...groupLabels(runs, (key) => key.toUpperCase()).values()]).toEqual(['CNN · n = 2'])
  })
})
