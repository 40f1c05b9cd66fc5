import { describe, expect, it } from 'vitest'

import { COMPARING, parseSeeds, plannedSeeds } from './seeds'

describe('seeds', () => {
  it.each([
    ['0', [0]],
    ['0, 1 2', [0, 1, 2]],
    ['0-2', [0, 1, 2]],
    ['1 - 3, 7', [1, 2, 3, 7]],
    ['1,1', [1]],
    ['-1', [-1]],
    ['', []],
  ])('are read from %j', (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds)
  })

  it('are five where networks are compared, and one else', () => {
    expect([[], ['a'], ['a', 'b']].map(plannedSeeds)).toEqual(['0', '0', COMPARING])
    expect(parseSeeds(COMPARING)).toHaveLength(5)
  })
})
