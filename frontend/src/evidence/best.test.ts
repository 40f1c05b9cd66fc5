import { expect, it } from 'vitest'

import type { Measured, MeasureCard } from '../api/types'
import { bestCells } from './best'

const cells = [{ best_accuracy: 0.8, stability: 0.1, flops: 5 }, { best_accuracy: 0.9, stability: 0.2, flops: 5 }, { stability: 0.3 }].map((means) => ({
  summaries: Object.fromEntries(Object.entries(means).map(([key, mean]) => [key, { mean }])),
})) as unknown as Measured['cells']

const card = (key: string, lower_is_better = false): MeasureCard => ({ key, lower_is_better }) as MeasureCard

it('names the best cell of each measure, whichever side is better; nobody where cells tie or stand alone', () => {
  const found = bestCells(cells, [card('best_accuracy'), card('stability', true), card('flops', true), card('gap_at_end', true)])
  expect(found).toEqual({ best_accuracy: 1, stability: 0 })
})
