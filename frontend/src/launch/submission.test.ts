import { describe, expect, it } from 'vitest'

import { FIELDS } from '../../tests/fields'
import { blankDraft, type Draft } from './draft'
import { submissionOf } from './submission'

const draft = (part: Partial<Draft> = {}): Draft => ({ ...blankDraft(), models: ['cnn'], dataset: 'digits', ...part })

describe('what is sent of a draft', () => {
  it('is a run for one network and one seed', () => {
    expect(submissionOf(draft(), FIELDS)).toEqual({ kind: 'run', body: { model: 'cnn', dataset: 'digits', seed: 0 } })
  })

  it('is an experiment for several', () => {
    expect(submissionOf(draft({ models: ['cnn', 'resnet18'], seeds: '0-2' }), FIELDS)).toEqual({
      kind: 'experiment',
      body: { name: '2 networks, 3 seeds, on digits', vary: { model: ['cnn', 'resnet18'], seed: [0, 1, 2] }, spec: { dataset: 'digits' } },
    })
  })

  it('is what was set and no more, as the type it should have', () => {
    const values = { learning_rate: '5e-2', milestones: '0.3 0.6', nesterov: false, train_limit: '500', epochs: '10' }
    expect(submissionOf(draft({ values }), FIELDS).body).toEqual({
      model: 'cnn', dataset: 'digits', seed: 0, learning_rate: 0.05, milestones: [0.3, 0.6], nesterov: false, train_limit: 500, epochs: 10,
    })
  })

  it('names a preset, and leaves its fields to the server', () => {
    expect(submissionOf(draft({ preset: 'long', values: { epochs: '100' } }), FIELDS).body).toEqual({
      model: 'cnn', dataset: 'digits', seed: 0, preset: 'long', epochs: 100,
    })
  })

  it('leaves wrong values to the server', () => {
    const wrong = submissionOf(draft({ seeds: 'x', values: { epochs: 'many', learning_rate: '', train_limit: '' } }), FIELDS)
    expect(wrong.body).toMatchObject({ seed: 'x', epochs: 'many', learning_rate: '', train_limit: null })
  })

  it('varies the settings that the duplicated runs vary, data sets included', () => {
    const carried = { dataset: ['digits', 'cifar10'], milestones: [[0.5], [0.3]] }
    expect(submissionOf(draft({ name: 'Many', carried }), FIELDS).body).toEqual({
      name: 'Many', vary: { model: ['cnn'], seed: [0], ...carried }, spec: {},
    })
  })
})
