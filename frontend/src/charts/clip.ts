// The initial range of a chart without outliers: one diverged run, at 10^35 say, would flatten all other curves. Pure.
import type { Metric } from '../api/types'
import { quantityOf } from '../model/quantities'

/** What the initial range leaves out. */
export interface Clip {
  /** The top of the chart. */
  top: number
  /** The largest value of all. */
  largest: number
  /** How many lines leave the chart at its top. */
  lines: number
}

type Values = readonly (number | null)[]

/** A loss starts near the logarithm of the number of classes, and stays below that unless training diverges. */
const LOSS_LIMIT = 5
/** Norms differ more from network to network. */
const NORM_LIMIT = 20

/** How many times the usual height of a line a value may reach and still be shown; null where large values are no mishap, as of speeds. */
function limitOf(quantity: string): number | null {
  if (quantityOf(quantity)?.unit === 'nats') return LOSS_LIMIT
  return quantity === GRADIENT_NORM ? NORM_LIMIT : null
}

const GRADIENT_NORM: Metric = 'grad/norm'

/** Null where everything can be shown. */
export function clipOf(quantity: string, lines: readonly Values[]): Clip | null {
  const times = limitOf(quantity)
  const known = lines.map((values) => values.filter((value) => value !== null)).filter((values) => values.length > 0)
  if (times === null || known.length === 0) return null
  const limit = times * quantile(known.map(usualHeight), 0.25)
  const largest = highest(known.flat())
  if (limit <= 0 || largest <= limit) return null
  return {
    // A twentieth of air above the highest point that is in sight.
    top: 1.05 * highest(known.flat().filter((value) => value <= limit)),
    largest,
    lines: known.filter((values) => highest(values) > limit).length,
  }
}

/** The first value or the upper quartile, the larger one: neither spikes nor a long tail count. */
const usualHeight = (values: readonly number[]): number => Math.max(values[0] ?? 0, quantile(values, 0.75))

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0
}

/** A spread of so many arguments would be too much for the stack. */
const highest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), -Infinity)
