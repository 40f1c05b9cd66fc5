import { describe, expect, it } from 'vitest'

import { problemFrom } from '../api/problem'
import { blankDraft, type Draft } from './draft'
import { openProblems } from './openProblems'

const KNOWN = new Set(['name', 'model', 'dataset', 'seed', 'epochs', 'warmup_epochs'])

const SENT: Draft = { ...blankDraft(), models: ['densenet'], dataset: 'digits', seeds: 'a', values: { epochs: '5', warmup_epochs: '9' } }

const refused = (...errors: { field: string; message: string }[]) => problemFrom(422, { detail: 'no', errors })

const fieldsLeft = (problem: ReturnType<typeof refused>, part: Partial<Draft>): string[] =>
  Object.keys(openProblems(problem, KNOWN, SENT, { ...SENT, ...part }).at)

describe('what the lab refused', () => {
  const seed = { field: 'vary.seed', message: 'give at least one value' }

  it('stands at its field until the value there is another, and again when it is the refused one', () => {
    const problem = refused(seed, { field: 'epochs', message: 'Input should be at most 1000' })
    expect(fieldsLeft(problem, {})).toEqual(['seed', 'epochs'])
    expect(fieldsLeft(problem, { seeds: '0-2,5' })).toEqual(['epochs'])
    expect(fieldsLeft(problem, { values: { ...SENT.values, epochs: '6' } })).toEqual(['seed'])
    expect(fieldsLeft(problem, { models: ['cnn'], name: 'x' })).toEqual(['seed', 'epochs'])
  })

  it('goes as well when another field that it names has changed', () => {
    const warmup = refused({ field: '', message: 'warmup_epochs (9) must be below epochs (5)' })
    expect(fieldsLeft(warmup, {})).toEqual(['warmup_epochs'])
    expect(fieldsLeft(warmup, { values: { ...SENT.values, epochs: '20' } })).toEqual([])
    const small = refused({ field: 'model', message: 'densenet needs at least 32 x 32 pixels; the images of digits are 8 x 8' })
    expect(fieldsLeft(small, { seeds: '0' })).toEqual(['model'])
    expect(fieldsLeft(small, { dataset: 'cifar10' })).toEqual([])
  })

  it('goes with any change where the form has no field for it', () => {
    const many = refused({ field: 'vary', message: 'makes 900 runs' })
    expect(openProblems(many, KNOWN, SENT, SENT).elsewhere).toEqual(['Makes 900 runs.'])
    expect(openProblems(many, KNOWN, SENT, { ...SENT, seeds: '0' }).elsewhere).toEqual([])
  })

  it('stays where it is about no value', () => {
    const away = problemFrom(503, { detail: 'No worker yet.' })
    expect(openProblems(away, KNOWN, SENT, { ...SENT, seeds: '0' }).elsewhere).toEqual(['No worker yet.'])
  })
})
