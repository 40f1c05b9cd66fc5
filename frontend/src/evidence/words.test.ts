import { describe, expect, it } from 'vitest'

import type { Judgement, SetEvidence } from '../api/types'
import { decisive, seedList, tally } from './words'

describe('a verdict', () => {
  it('is shown by the part that decided it', () => {
    const judgement = { decisive: 1, parts: [{ label: 'shown' }, { label: 'held' }] } as Judgement
    expect(decisive(judgement)?.label).toBe('held')
    expect(decisive({ ...judgement, decisive: null })).toBeUndefined()
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
  ])('%j are listed as %s', (list, text) => {
    expect(seedList(list)).toBe(text)
  })
})
