import { describe, expect, it } from 'vitest'

import type { Measured } from '../api/types'
import { pairIn, runsOfPair } from './pair'

const cell = (...runs: number[]) => ({ runs }) as Measured['cells'][number]

const CELLS = [cell(1, 2), cell(3), cell(4, 5)]

describe('two cells that are held against each other', () => {
  it('are the first two while nobody has chosen', () => {
    expect(pairIn(CELLS, undefined)).toEqual([0, 1])
  })

  it('are found by any run of theirs', () => {
    expect(pairIn(CELLS, [5, 2])).toEqual([2, 0])
  })

  it('stay when other cells come before them', () => {
    const chosen = runsOfPair(CELLS, [2, 1])
    expect(pairIn([cell(9), ...CELLS], chosen)).toEqual([3, 2])
  })

  it('are the first two where one is not there any more, or both are one', () => {
    expect(pairIn(CELLS, [4, 99])).toEqual([0, 1])
    expect(pairIn(CELLS, [4, 5])).toEqual([0, 1])
  })

  it('leave the address bare where they stand by default', () => {
    expect(runsOfPair(CELLS, [0, 1])).toBeUndefined()
    expect(runsOfPair(CELLS, [1, 0])).toEqual([3, 1])
  })
})
