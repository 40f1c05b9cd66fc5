import { describe, expect, it } from 'vitest'

import { FIELDS } from '../../tests/fields'
import type { LabRun, PresetCard } from '../api/types'
import type { SpecDefaults } from './defaults'
import { blankDraft, draftOf, preferredDataset, withNetworks, without, withPreset, type Draft } from './draft'

const SPEC = { model: 'resnet', dataset: 'digits', seed: 0, epochs: 10, learning_rate: 0.1, milestones: [0.5, 0.75], nesterov: true, train_limit: null, schedule: 'cosine' }

/** As the server answers: one of the two networks sets its own rate. */
const DEFAULTS = ([['resnet', 0.1], ['plain', 0.001]] as const).map(([model, rate]) => ({
  models: [model], fields: { ...SPEC, learning_rate: rate }, origins: {},
})) as unknown as SpecDefaults[]

function duplicate(...specs: Partial<typeof SPEC>[]): Draft {
  const runs = specs.map((part) => ({ name: part.model ?? 'resnet', spec: { ...SPEC, ...part }, experiment: { id: 1, name: 'Many' } }) as unknown as LabRun)
  return draftOf(runs, FIELDS, DEFAULTS) ?? blankDraft()
}

describe('the draft of runs that are there', () => {
  it('holds their networks and seeds, and only the settings that are not the server’s', () => {
    const draft = duplicate({ model: 'plain', learning_rate: 0.001, seed: 1, epochs: 3 }, { epochs: 3 })
    expect(draft).toMatchObject({ name: 'Many', models: ['plain', 'resnet'], dataset: 'digits', seeds: '0, 1', values: { epochs: '3' }, carried: {} })
  })

  it('carries each value that varies', () => {
    expect(duplicate({ learning_rate: 0.1 }, { learning_rate: 0.01 }, { dataset: 'cifar10' })).toMatchObject({
      values: {}, carried: { learning_rate: [0.1, 0.01], dataset: ['digits', 'cifar10'] },
    })
  })

  it('sets a default that the network would not take', () => {
    expect(duplicate({ model: 'plain' }, {}).values).toEqual({ learning_rate: '0.1' })
  })

  it('is none without runs', () => {
    expect(draftOf([], FIELDS, DEFAULTS)).toBeUndefined()
  })
})

describe('a draft', () => {
  it('takes a preset, whose fields replace what was typed', () => {
    const typed = { ...blankDraft(), values: { epochs: '7', nesterov: false } }
    const preset = { key: 'long', fields: { epochs: 200 } } as unknown as PresetCard
    expect(withPreset(typed, preset)).toMatchObject({ preset: 'long', values: { nesterov: false } })
    expect(withPreset(typed, undefined)).toMatchObject({ preset: '', values: typed.values })
  })

  it('goes back to what the server fills in', () => {
    const typed = { ...blankDraft(), values: { epochs: '7' }, carried: { nesterov: [true, false] } }
    expect(without(without(typed, 'epochs'), 'nesterov')).toMatchObject({ values: {}, carried: {} })
  })

  it('takes as many seeds as its networks need, until somebody types some', () => {
    const two = withNetworks(blankDraft(), ['a', 'b'])
    expect([two.seeds, withNetworks(two, ['a']).seeds]).toEqual(['0-4', '0'])
    expect(withNetworks({ ...blankDraft(), seeds: '7', seedsTyped: true }, ['a', 'b']).seeds).toBe('7')
    expect(withNetworks({ ...blankDraft(), models: ['a'], seeds: '0-4', seedsTyped: true }, ['a', 'b']).seeds).toBe('0-4')
  })

  it('prefers data that are downloaded', () => {
    const card = (key: string, available: boolean) => ({ key, label: key, available, source: '' }) as never
    expect(preferredDataset([card('cifar10', false), card('digits', true)])?.key).toBe('digits')
    expect(preferredDataset([])).toBeUndefined()
  })
})
