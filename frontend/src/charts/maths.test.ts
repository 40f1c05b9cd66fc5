import { describe, expect, it } from 'vitest'

import { smoothed, student975, summary } from './maths'

describe('smoothing', () => {
  it('leaves a constant alone, from the first value on', () => {
    for (const value of smoothed([2, 2, 2], 0.9)) expect(value).toBeCloseTo(2)
  })

  it('weighs the past', () => {
    const [first, second] = smoothed([0, 1], 0.5)
    expect(first).toBe(0)
    expect(second).toBeCloseTo(2 / 3)
  })

  it('keeps a gap a gap and goes on behind it', () => {
    const [, gap, after] = smoothed([1, null, 1], 0.6)
    expect(gap).toBeNull()
    expect(after).toBeCloseTo(1)
  })

  it('of weight 0 changes nothing', () => {
    expect(smoothed([3, null, 1], 0)).toEqual([3, null, 1])
  })
})

describe('a summary', () => {
  it('has the sample standard deviation', () => {
    expect(summary([1, 2, 3], 'sd')).toEqual({ n: 3, mean: 2, spread: 1 })
  })

  it('has the 95% CI by Student’s t', () => {
    // R: t.test(c(1, 2, 3))$conf.int is -0.484 to 4.484.
    expect(summary([1, 2, 3], 'ci').spread).toBeCloseTo(2.484, 3)
  })

  it('of one value has no spread, and of two no interval that tells anything', () => {
    expect(summary([0.5], 'sd')).toEqual({ n: 1, mean: 0.5, spread: null })
    expect(summary([0, 1], 'ci')).toEqual({ n: 2, mean: 0.5, spread: null })
  })

  it('knows the t quantiles of as many seeds as anybody has', () => {
    // R: qt(.975, c(1, 31, 120, 5000))
    expect([1, 31, 120].map(student975)).toEqual([12.7062, 2.03951, 1.97993].map((value) => expect.closeTo(value, 4) as number))
    expect(student975(5000) / 1.96044).toBeLessThan(1.006)
  })
})
