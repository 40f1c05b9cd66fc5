import { describe, expect, it } from 'vitest'

import { pairsOf } from './mistakes'

const mistake = (image: number, label: number, predicted: number) => ({ image, label, predicted, confidence: 0.9 })

describe('pairs of mistakes', () => {
  it('stand with the commonest first, and keep the order within', () => {
    const pairs = pairsOf([mistake(7, 0, 1), mistake(2, 3, 5), mistake(9, 3, 5)])
    expect(pairs.map(({ label, predicted, items }) => [label, predicted, items.map(({ image }) => image)])).toEqual([
      [3, 5, [2, 9]],
      [0, 1, [7]],
    ])
  })

  it('are told apart by direction', () => {
    expect(pairsOf([mistake(1, 3, 5), mistake(2, 5, 3)])).toHaveLength(2)
  })
})
