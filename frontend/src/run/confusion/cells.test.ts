import { describe, expect, it } from 'vitest'

import { cellAt, confused, pixels } from './cells'

const NAMES = ['ant', 'bee', 'cat']
const INK = { paper: [255, 255, 255], right: [0, 0, 200], wrong: [200, 0, 0] } as const

describe('a matrix of many classes', () => {
  it('is a picture with one pixel a cell', () => {
    const found = pixels({ names: NAMES, counts: [[4, 0, 0], [1, 3, 0], [0, 0, 0]] }, INK)
    expect(found).toHaveLength(3 * 3 * 4)
    expect([...found.slice(0, 4)]).toEqual([0, 0, 200, 255])
    expect([...found.slice(4, 8)]).toEqual([255, 255, 255, 255])
    // A quarter of the bees were taken for ants: half of the way to the ink.
    expect([...found.slice(12, 16)]).toEqual([228, 128, 128, 255])
    expect([...found.slice(-4)]).toEqual([255, 255, 255, 255])
  })

  it('lists what is confused most, most first', () => {
    const counts = [[4, 2, 0], [9, 1, 0], [0, 3, 0]]
    expect(confused({ names: NAMES, counts }, 2)).toEqual([
      { truth: 1, taken: 0, count: 9, share: 0.9 },
      { truth: 2, taken: 1, count: 3, share: 1 },
    ])
  })

  it('finds the same among a million cells, without a list of them all', () => {
    const counts = Array.from({ length: 300 }, (_, truth) => Array.from({ length: 300 }, (_, taken) => (truth * 31 + taken * 17) % 97))
    const all = counts.flatMap((row, truth) => row.filter((_, taken) => taken !== truth)).sort((a, b) => b - a)
    expect(confused({ names: [], counts }, 20).map(({ count }) => count)).toEqual(all.slice(0, 20))
  })

  it('knows which cell is pointed at', () => {
    const sides = { width: 600, height: 300 }
    expect(cellAt(599, 0, sides, 3)).toEqual({ truth: 0, taken: 2 })
    expect(cellAt(0, 150, sides, 3)).toEqual({ truth: 1, taken: 0 })
    expect(cellAt(600, 0, sides, 3)).toBeNull()
  })
})
