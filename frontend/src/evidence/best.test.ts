import { expect, it } from 'vitest'

import type { Measured, MeasureCard } from '../api/types'
import { bestCells } from './best'

const cells = [{ best_accuracy: 0.8, stability: 0.1, flops: 5 }, { best_accuracy: 0.9, stability: 0.2, flops: 5 }, { stability: 0.3 }].map((means) => ({
  summaries: Object.fromEntries(Object.entries(means).map(([key, mean]) => [key, { mean }])),
})) as unknown as Measured['cells']

const card = (key: string, lower = false): MeasureCard => ({ key, better: lower ? 'lower' : 'higher' }) as MeasureCard

it('names the best cell of each measure, whichever side is better; nobody where cells tie or stand alone', () => {
  const found = bestCells(cells, [card('best_accuracy'), card('stability', true), card('flops', true), card('gap_at_end', true)])
  expect(found).toEqual({ best_accuracy: 1, stability: 0 })
})

it('names no shortest time unless every run of every cell got to the target', () => {
  const timed = (reached: number): Measured['cells'] =>
    [3, reached].map((arrived, place) => ({ summaries: { epochs_to_target: { n: 3, mean: 5 - place, reached: arrived } } })) as unknown as Measured['cells']
  expect(bestCells(timed(3), [card('epochs_to_target', true)])).toEqual({ epochs_to_target: 1 })
  expect(bestCells(timed(2), [card('epochs_to_target', true)])).toEqual({})
  expect(bestCells(timed(0), [card('epochs_to_target', true)])).toEqual({})
})
