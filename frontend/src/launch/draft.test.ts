import { describe, expect, it } from 'vitest'

import type { ModelCard, PresetCard, Run } from '../api/types'
import { readFields } from '../model/fields'
import { blankDraft, commonDefaults, countRuns, draftOf, followingSeeds, gridNote, parseSeeds, preferredDataset, rebased, submissionOf, summary, tooMany, untouched, type Draft } from './draft'

const FIELDS = readFields({
  properties: {
    model: { type: 'string' },
    dataset: { type: 'string' },
    seed: { type: 'integer', minimum: 0, exclusiveMaximum: 2 ** 31, default: 0 },
    epochs: { type: 'integer', title: 'Epochs', description: 'Passes.', minimum: 1, maximum: 1000, default: 10 },
    learning_rate: { type: 'number', exclusiveMinimum: 0, maximum: 10, default: 0.1 },
    milestones: { type: 'array', default: [0.5, 0.75] },
    nesterov: { type: 'boolean', default: true },
    train_limit: { anyOf: [{ type: 'integer', minimum: 10 }, { type: 'null' }] },
    schedule: { type: 'string', enum: ['cosine', 'step'], default: 'cosine' },
  },
})

const draft = (part: Partial<Draft> = {}, values: Draft['values'] = {}): Draft => {
  const blank = blankDraft(FIELDS)
  return { ...blank, models: ['cnn'], dataset: 'digits', ...part, values: { ...blank.values, ...values } }
}

describe('fields', () => {
  const field = (name: string) => FIELDS.find((each) => each.name === name)

  it('take title, help, range and default from the schema', () => {
    expect(field('epochs')).toMatchObject({ title: 'Epochs', help: 'Passes. 1 to 1,000.', kind: 'number', initial: '10' })
    expect(field('learning_rate')?.help).toBe('Above 0, at most 10.')
    expect(field('schedule')).toMatchObject({ kind: 'choice', choices: ['cosine', 'step'], initial: 'cosine' })
    expect(field('milestones')).toMatchObject({ kind: 'list', initial: '0.5, 0.75' })
    expect(field('train_limit')).toMatchObject({ kind: 'number', nullable: true, initial: '', help: 'At least 10.' })
  })

  it('spare the reader the machine’s own bounds', () => {
    expect(field('seed')?.help).toBe('At least 0.')
  })
})

describe('a draft', () => {
  it('of one network and one seed is a run', () => {
    expect(submissionOf(draft(), FIELDS)).toEqual({ kind: 'run', body: { model: 'cnn', dataset: 'digits', seed: 0 } })
  })

  it('of several is an experiment', () => {
    expect(submissionOf(draft({ models: ['cnn', 'resnet18'], seeds: '0-2' }), FIELDS)).toEqual({
      kind: 'experiment',
      body: { name: '2 networks, 3 seeds, on digits', vary: { model: ['cnn', 'resnet18'], seed: [0, 1, 2] }, spec: { dataset: 'digits' } },
    })
  })

  it('sends only what was changed, as the type it should have', () => {
    const changed = draft({}, { learning_rate: '5e-2', milestones: '0.3 0.6', nesterov: false, train_limit: '500', epochs: '10' })
    expect(submissionOf(changed, FIELDS).body).toEqual({
      model: 'cnn',
      dataset: 'digits',
      seed: 0,
      learning_rate: 0.05,
      milestones: [0.3, 0.6],
      nesterov: false,
      train_limit: 500,
    })
  })

  it('sends a recipe by name, and only what differs from it', () => {
    const preset = { key: 'long', label: 'Long', source: '', fields: { epochs: 200, milestones: [0.3, 0.6] } } as PresetCard
    expect(untouched(FIELDS, { preset })).toMatchObject({ epochs: '200', milestones: '0.3, 0.6', learning_rate: '0.1' })
    const changed = draft({ preset: 'long' }, { ...untouched(FIELDS, { preset }), epochs: '100' })
    expect(submissionOf(changed, FIELDS, { preset }).body).toEqual({ model: 'cnn', dataset: 'digits', seed: 0, preset: 'long', epochs: 100 })
  })

  it('is made from runs that are there, and makes them again', () => {
    const spec = { model: 'cnn', dataset: 'digits', seed: 1, epochs: 3, learning_rate: 0.1, milestones: [0.5, 0.75], nesterov: true, train_limit: null, schedule: 'cosine' }
    const runs = [{ ...spec }, { ...spec, seed: 0 }, { ...spec, model: 'resnet18' }].map((each) => ({ name: each.model, spec: each, experiment: { id: 1, name: 'Two' } }) as unknown as Run)
    const cloned = draftOf(runs, FIELDS)
    expect(cloned && submissionOf(cloned, FIELDS)).toEqual({
      kind: 'experiment',
      body: { name: 'Two', vary: { model: ['cnn', 'resnet18'], seed: [0, 1] }, spec: { dataset: 'digits', epochs: 3 } },
    })
  })

  it('leaves wrong values to the server', () => {
    const wrong = submissionOf(draft({ seeds: 'x' }, { epochs: 'many', learning_rate: '' }), FIELDS)
    expect(wrong.body).toMatchObject({ seed: 'x', epochs: 'many', learning_rate: '' })
  })

  it.each([
    ['0', [0]],
    ['0, 1 2', [0, 1, 2]],
    ['0-2', [0, 1, 2]],
    ['1 - 3, 7', [1, 2, 3, 7]],
    ['1,1', [1]],
    ['-1', [-1]],
    ['', []],
  ])('reads the seeds %j', (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds)
  })

  it('knows how many runs it makes', () => {
    expect(countRuns(draft({ models: ['a', 'b', 'c'], seeds: '0-4' }))).toBe(15)
  })

  it('says how many seeds there may be where they make more runs than the lab takes', () => {
    expect(tooMany(draft({ seeds: '0-499' }))).toBe('')
    expect(tooMany(draft({ seeds: '0-100000' }))).toBe('The lab takes 500 runs at once: at most 500 seeds.')
    expect(tooMany(draft({ models: [], seeds: '0-100000' }))).toBe('The lab takes 500 runs at once: at most 500 seeds.')
    expect(tooMany(draft({ models: ['a', 'b', 'c', 'd'], seeds: '0-125' }))).toBe('The lab takes 500 runs at once, and each seed makes 4: at most 125 seeds.')
    const varied = draft({ models: ['a', 'b'], seeds: '0', carried: { epochs: Array.from({ length: 300 }, (_, epochs) => epochs) } })
    expect(tooMany(varied)).toBe('The lab takes 500 runs at once, and each seed makes 600.')
  })

  it('prefers data that are here', () => {
    const card = (key: string, available: boolean) => ({ key, label: key, available, source: '' }) as never
    expect(preferredDataset([card('cifar10', false), card('digits', true)])?.key).toBe('digits')
    expect(preferredDataset([])).toBeUndefined()
  })
})

describe('networks that set fields themselves', () => {
  const network = { epochs: 30, learning_rate: 0.02 }

  it('are shown and not sent, for the lab knows them', () => {
    const held = draft({}, untouched(FIELDS, { network }))
    expect(held.values).toMatchObject({ epochs: '30', learning_rate: '0.02' })
    expect(submissionOf(held, FIELDS, { network }).body).toEqual({ model: 'cnn', dataset: 'digits', seed: 0 })
  })

  it('give way to what is typed, the default included', () => {
    const held = draft({}, { ...untouched(FIELDS, { network }), learning_rate: '0.1' })
    expect(submissionOf(held, FIELDS, { network }).body).toMatchObject({ learning_rate: 0.1 })
  })

  it('give way to a recipe', () => {
    const preset = { key: 'long', label: 'Long', source: '', fields: { epochs: 200 } } as PresetCard
    expect(untouched(FIELDS, { preset, network })).toMatchObject({ epochs: '200', learning_rate: '0.02' })
  })

  it('are followed by what nobody has touched when others are chosen', () => {
    const held = draft({}, { ...untouched(FIELDS, { network }), epochs: '7' })
    expect(rebased(held, FIELDS, { network }, {})).toMatchObject({ epochs: '7', learning_rate: '0.1' })
  })

  it('count where all that are chosen agree', () => {
    const card = (defaults: Record<string, unknown>) => ({ defaults }) as ModelCard
    expect(commonDefaults([card(network), card({ ...network, epochs: 5 })])).toEqual({ learning_rate: 0.02 })
    expect(commonDefaults([card(network), card({})])).toEqual({})
    expect(commonDefaults([])).toEqual({})
  })
})

describe('a clone of several runs', () => {
  const CARDS = [
    { key: 'plain', defaults: { learning_rate: 0.001 } },
    { key: 'resnet', defaults: {} },
  ] as unknown as ModelCard[]
  const usual = { model: 'resnet', dataset: 'digits', seed: 0, epochs: 10, learning_rate: 0.1, milestones: [0.5, 0.75], nesterov: true, train_limit: null, schedule: 'cosine' }
  const cloneOf = (specs: readonly Partial<typeof usual>[]): Draft => {
    const runs = specs.map((part) => ({ name: 'x', spec: { ...usual, ...part }, experiment: { id: 1, name: 'Many' } }) as unknown as Run)
    return draftOf(runs, FIELDS, CARDS) ?? blankDraft(FIELDS)
  }
  const bodyOf = (held: Draft) =>
    submissionOf(held, FIELDS, { network: commonDefaults(CARDS.filter(({ key }) => held.models.includes(key))) }).body

  it('varies what they vary in', () => {
    const held = cloneOf([0.1, 0.01].flatMap((rate) => [0, 1].map((seed) => ({ learning_rate: rate, seed }))))
    expect(bodyOf(held)).toEqual({ name: 'Many', vary: { model: ['resnet'], seed: [0, 1], learning_rate: [0.1, 0.01] }, spec: { dataset: 'digits' } })
    expect(countRuns(held)).toBe(4)
    expect(summary(held, FIELDS)).toBe('1 network × 2 seeds × 2 of learning_rate')
  })

  it('makes an experiment of one network and one seed too', () => {
    expect(bodyOf(cloneOf([{ milestones: [0.5] }, { milestones: [0.3] }]))).toMatchObject({ vary: { seed: [0], milestones: [[0.5], [0.3]] } })
  })

  it('takes every data set that they are of', () => {
    expect(bodyOf(cloneOf([{}, { dataset: 'cifar10' }]))).toEqual({ name: 'Many', vary: { model: ['resnet'], seed: [0], dataset: ['digits', 'cifar10'] }, spec: {} })
  })

  it('is told of where it launches more or fewer runs than there were', () => {
    const partial = cloneOf([{}, { seed: 1 }, { learning_rate: 0.01 }])
    expect(gridNote(3, partial, partial)).toBe('The cloned experiment has 3 runs. This launches 4: every combination of what they vary in, each once.')
    expect(gridNote(3, cloneOf([{}, {}, {}]), cloneOf([{}, {}, {}]))).toContain('This launches 1:')
  })

  it('needs no telling where it is a full grid, or where somebody has changed how many', () => {
    const full = cloneOf([{}, { seed: 1 }])
    expect(gridNote(2, full, full)).toBe('')
    const partial = cloneOf([{}, { seed: 1 }, { learning_rate: 0.01 }])
    expect(gridNote(3, partial, { ...partial, seeds: '0-4' })).toBe('')
    expect(gridNote(0, blankDraft(FIELDS), draft())).toBe('')
  })

  it('leaves to each network what it sets itself', () => {
    const held = cloneOf([{ model: 'plain', learning_rate: 0.001 }, {}])
    expect(bodyOf(held)).toEqual({ name: 'Many', vary: { model: ['plain', 'resnet'], seed: [0] }, spec: { dataset: 'digits' } })
  })

  it('says the default where a network would not take it', () => {
    expect(bodyOf(cloneOf([{ model: 'plain' }, {}]))).toMatchObject({ vary: { learning_rate: [0.1] }, spec: { dataset: 'digits' } })
  })

  it('says once what all of them were given', () => {
    expect(bodyOf(cloneOf([{ model: 'plain', learning_rate: 0.02 }, { learning_rate: 0.02 }]))).toMatchObject({ spec: { learning_rate: 0.02 } })
  })
})

describe('seeds', () => {
  it('are five where networks are compared, and one else', () => {
    expect(followingSeeds(draft({ models: [] }), ['a'], FIELDS)).toBe('0')
    expect(followingSeeds(draft({ models: ['a'] }), ['a', 'b'], FIELDS)).toBe('0-4')
    expect(followingSeeds(draft({ models: ['a', 'b'], seeds: '0-4' }), ['a'], FIELDS)).toBe('0')
  })

  it('stay as somebody has typed them', () => {
    expect(followingSeeds(draft({ models: ['a'], seeds: '7' }), ['a', 'b'], FIELDS)).toBe('7')
    expect(followingSeeds(draft({ models: ['a', 'b'], seeds: '0' }), ['a', 'b', 'c'], FIELDS)).toBe('0')
  })
  it('stay as typed when what was typed is what would have come by itself', () => {
    const typed = draft({ models: ['a'], seeds: '0-4', seedsTyped: true })
    const two = { ...typed, models: ['a', 'b'], seeds: followingSeeds(typed, ['a', 'b'], FIELDS) }
    expect(followingSeeds(two, ['a'], FIELDS)).toBe('0-4')
  })
})
