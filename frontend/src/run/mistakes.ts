// Errors by true and predicted class. Pure.
import type { components } from '../api/schema'
import { groupBy } from '../lib/collections'

export type Mistake = components['schemas']['Mistake']

export interface Pair {
  key: string
  label: number
  predicted: number
  items: readonly Mistake[]
}

/** Each pair of true and predicted class, the commonest first. */
export function pairsOf(items: readonly Mistake[]): Pair[] {
  return [...groupBy(items, ({ label, predicted }) => `${label}-${predicted}`)]
    .flatMap(([key, each]) => (each[0] ? [{ key, label: each[0].label, predicted: each[0].predicted, items: each }] : []))
    .sort((a, b) => b.items.length - a.items.length)
}
