import { describe, expect, it } from 'vitest'

import { FIELDS } from '../../tests/fields'
import { blankDraft, type Draft } from './draft'
import { countRuns, gridNote, summary, tooMany } from './grid'

const draft = (part: Partial<Draft> = {}): Draft => ({ ...blankDraft(), models: ['cnn'], dataset: 'digits', ...part })

const varied = draft({ seeds: '0, 1', carried: { learning_rate: [0.1, 0.01] } })

describe('the runs of a draft', () => {
  it('are every combination', () => {
    expect(countRuns(draft({ models: ['a', 'b', 'c'], seeds: '0-4' }))).toBe(15)
    expect(countRuns(varied)).toBe(4)
    expect(summary(varied, FIELDS)).toBe('1 network × 2 seeds × 2 values of learning_rate')
    expect(summary(blankDraft(), FIELDS)).toBe('Select at least one network.')
  })

  it('are too many from 500 on, and the message says how many seeds fit', () => {
    expect(tooMany(draft({ seeds: '0-499' }))).toBe('')
    expect(tooMany(draft({ seeds: '0-100000' }))).toBe('A launch takes at most 500 runs: at most 500 seeds.')
    expect(tooMany(draft({ models: [], seeds: '0-100000' }))).toBe('A launch takes at most 500 runs: at most 500 seeds.')
    expect(tooMany(draft({ models: ['a', 'b', 'c', 'd'], seeds: '0-125' }))).toBe('A launch takes at most 500 runs, and each seed makes 4: at most 125 seeds.')
    const many = draft({ models: ['a', 'b'], seeds: '0', carried: { epochs: Array.from({ length: 300 }, (_, epochs) => epochs) } })
    expect(tooMany(many)).toBe('A launch takes at most 500 runs, and each seed makes 600.')
  })
})

describe('the note on a duplicated experiment', () => {
  it('says where this launches another number of runs', () => {
    expect(gridNote(3, varied, varied)).toBe('The experiment has 3 runs. This launches 4: every combination of the values that vary, each once.')
  })

  it('is left out where it is a full grid, and where somebody has changed the number', () => {
    expect(gridNote(4, varied, varied)).toBe('')
    expect(gridNote(3, varied, { ...varied, seeds: '0-4' })).toBe('')
    expect(gridNote(0, blankDraft(), draft())).toBe('')
  })
})
