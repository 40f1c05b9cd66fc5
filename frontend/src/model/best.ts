// The best value of a run, and on which images its epoch was chosen: a run without a validation set has seen its test images. Pure.
import type { Run } from '../api/types'
import { groupBy } from '../lib/collections'
import { percent } from '../lib/format'

export type Best = NonNullable<Run['best']>

type Chosen = Best['selected_on']

/** As short as a column of the table takes. */
export const SELECTED: Readonly<Record<Chosen, string>> = { test: 'on test', val: 'on validation' }

export const selected = ({ selected_on: on }: Pick<Best, 'selected_on'>): string => `selected ${SELECTED[on]}`

/** `75.0%, selected on validation` */
export const bestText = (best: Best): string => `${percent(best.value)}, ${selected(best)}`

const MEANINGS: Readonly<Record<Chosen, string>> = {
  test: 'Test accuracy; the best epoch was chosen on the test set',
  val: 'Validation accuracy; the best epoch was chosen on the validation set',
}

export const bestSentence = ({ epoch, selected_on: on }: Best): string => `${MEANINGS[on]} (epoch ${epoch})`

/** Whether best values are comparable: all were selected on the same set. */
export const areAlike = (runs: readonly Pick<Run, 'best'>[]): boolean => new Set(runs.flatMap(({ best }) => best?.selected_on ?? [])).size < 2

/** Best and mean of several runs, separately for each selection set; empty for a single run. */
export function bestOfGroup(runs: readonly Pick<Run, 'best'>[]): string {
  const known = runs.flatMap(({ best }) => best ?? [])
  if (known.length < 2) return ''
  return [...groupBy(known, ({ selected_on: on }) => on)].map(([on, alike]) => `${spread(alike.map(({ value }) => value))}, ${selected({ selected_on: on })}`).join('; ')
}

function spread(values: readonly number[]): string {
  const best = `best ${percent(Math.max(...values))}`
  return values.length > 1 ? `${best}, mean ${percent(values.reduce((sum, value) => sum + value, 0) / values.length)}` : best
}
