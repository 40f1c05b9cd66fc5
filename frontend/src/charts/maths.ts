// Smoothing, and means over seeds. Pure.
import { student975 as STUDENT_975 } from '../api/spec.json'

type Values = readonly (number | null)[]

/**
 * An exponential mean that weighs the past by `weight` (0 to 1). It is divided by the weights so far, so that the first
 * values are not drawn towards zero. A gap stays a gap.
 */
export function smoothed(values: Values, weight: number): (number | null)[] {
  let sum = 0
  let weights = 0
  return values.map((value) => {
    if (value === null) return null
    sum = weight * sum + (1 - weight) * value
    weights = weight * weights + (1 - weight)
    return sum / weights
  })
}

export interface Summary {
  n: number
  mean: number
  /** Half the band's height; null where there are too few values for a band. */
  spread: number | null
}

/** Values that a band needs: a CI of two would be meaningless. */
const FEWEST = { sd: 2, ci: 3 } as const

/** Mean and sample standard deviation, or half the 95% confidence interval of the mean (Student's t). */
export function summary(values: readonly number[], band: 'sd' | 'ci'): Summary {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  if (n < FEWEST[band]) return { n, mean, spread: null }
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1))
  return { n, mean, spread: band === 'sd' ? sd : (student975(n - 1) * sd) / Math.sqrt(n) }
}

/** The 97.5% quantile of Student's t; beyond the server's table its last, which is less than 0.6 % above the limit. */
export const student975 = (freedom: number): number => STUDENT_975[freedom - 1] ?? STUDENT_975.at(-1) ?? NaN
