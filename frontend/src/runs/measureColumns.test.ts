import { expect, it } from 'vitest'

import type { Measured, MeasureCard, Run } from '../api/types'
import { chunks, measureAttributes, valuesOf } from './measureColumns'

const CARDS = [
  { key: 'gap_at_end', label: 'generalisation gap at the last epoch', unit: '%', kind: 'value', lower_is_better: true },
  { key: 'epochs_to_target', label: 'epochs to the target', unit: 'epochs', kind: 'time', lower_is_better: true },
] as MeasureCard[]

const answered = { runs: [{ run: 1, cell: 0, seed: 0, values: { gap_at_end: 0.0512, epochs_to_target: null }, texts: { gap_at_end: '5.12%' } }] } as unknown as Measured

it('makes a column of each measure, empty where a run has none', () => {
  const [gap, time] = measureAttributes(CARDS, valuesOf([answered, undefined]), 0.6)
  const [one, other] = [{ id: 1 }, { id: 2 }] as Run[]
  if (!gap || !time || !one || !other) throw new Error('two columns and two runs were made')
  expect([gap.id, gap.title, gap.text(one), gap.value(one)]).toEqual(['gap_at_end', 'Generalisation gap at the last epoch', '5.12%', 0.0512])
  expect([time.title, time.text(one), time.value(one)]).toEqual(['Epochs to the target (60%)', '', undefined])
  expect([gap.text(other), gap.value(other)]).toEqual(['', undefined])
})

it('asks in parts', () => {
  expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
  expect(chunks([], 2)).toEqual([])
})
