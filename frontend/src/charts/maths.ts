// Smoothing, and means over seeds. Pure.

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

const STUDENT_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093,
  2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/** The 97.5% quantile of Student's t: a table up to 30 degrees of freedom, then an expansion good to three digits. */
export function student975(freedom: number): number {
  const z = 1.959964
  return STUDENT_975[freedom - 1] ?? z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
}
