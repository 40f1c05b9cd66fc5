import { describe, expect, it } from 'vitest'

import type { CellSummary, Judgement, PartVerdict, SetEvidence } from '../api/types'
import { difference, interval, look, quantity, seedList, seeds, summary, tally, telling } from './words'

const part = (rest: Partial<PartVerdict>): PartVerdict => ({ unit: '%', decides: true, verdict: 'supported', roles: [], low: null, high: null, covers: null, ...rest }) as PartVerdict

describe('numbers', () => {
  it('are percent for fractions, points for their differences', () => {
    expect(quantity(0.8123, '%')).toBe('81.23 %')
    expect(difference(0.0512, '%')).toBe('+5.12 points')
    expect(difference(-0.0004, '%')).toBe('-0.040 points')
    expect(difference(-10_190_208, '')).toBe('-10,190,208')
    expect(difference(1.5, 'epochs')).toBe('+1.5 epochs')
  })

  it('come with the interval that decides and what it covers', () => {
    expect(interval(part({ low: 0.01, high: 0.034, covers: 0.975 }))).toBe('1.00 to 3.40 (97.5 %)')
    expect(interval(part({}))).toBe('')
  })

  it('name the seeds of each cell once where they are alike', () => {
    const roles = (...counts: number[]) => counts.map((n) => ({ n })) as PartVerdict['roles']
    expect(seeds(part({ roles: roles(3, 3) }))).toBe('3')
    expect(seeds(part({ roles: roles(3, 5) }))).toBe('3 / 5')
    expect(seeds(part({ roles: roles(5, 5), pairs: 2 }))).toBe('2 pairs')
  })

  it('are mean and spread, and how many got there when not all did', () => {
    const found = { n: 3, mean: 0.8, sd: 0.0123, low: null, high: null, reached: null } as CellSummary
    expect(summary(found, '%')).toBe('80.00 ± 1.23')
    expect(summary({ ...found, mean: 4.5, sd: 0, reached: 2 }, 'epochs')).toBe('4.5 (2 of 3)')
    expect(summary({ ...found, mean: 4.5, sd: null, n: 1, reached: 1 }, 'epochs')).toBe('4.5')
  })
})

describe('a verdict', () => {
  const judgement = (rest: Partial<Judgement>): Judgement => ({ verdict: 'refuted', look: 0, level: 0.05, parts: [], ...rest }) as Judgement

  it('says which look it is and what that may spend', () => {
    expect(look(judgement({}))).toBe('First look, level 0.05.')
    expect(look(judgement({ look: 2, level: 0.0125 }))).toContain('Look 3')
    expect(look(judgement({ look: 2, level: 0.0125 }))).toContain('0.05 / 4 = 0.0125')
  })

  it('is told by the part that decided it', () => {
    const parts = [part({ decides: false, verdict: 'refuted', label: 'shown' }), part({ label: 'held' }), part({ verdict: 'refuted', label: 'broke' })]
    expect(telling(judgement({ parts }))?.label).toBe('broke')
    expect(telling(judgement({ parts: parts.slice(0, 2) }))?.label).toBe('held')
  })

  it('is counted with the others of its set', () => {
    const claims = [{ verdict: 'untested' }, { verdict: 'supported' }, { verdict: 'untested' }] as SetEvidence['claims']
    expect(tally({ claims } as SetEvidence)).toBe('1 supported, 2 untested')
  })
})

describe('seeds', () => {
  it.each([
    [[3], 'seed 3'],
    [[0, 1, 2, 3, 4], 'seeds 0 to 4'],
    [[1, 3, 4], 'seeds 1, 3, 4'],
    [[3, 4], 'seeds 3, 4'],
  ])('%j are told as %s', (list, text) => {
    expect(seedList(list)).toBe(text)
  })
})
