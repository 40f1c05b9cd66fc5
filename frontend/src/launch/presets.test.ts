import { describe, expect, it } from 'vitest'

import { parseSeeds } from './draft'
import { PRESETS } from './presets'

describe('choices at one click', () => {
  const [report, ...comparisons] = PRESETS

  it('begin with the report’s, one run each, under the name that `skiplab report` is given', () => {
    expect(report.name).toBe("The report's four networks")
    expect(parseSeeds(report.seeds)).toEqual([0])
    expect(report.question).toContain('One run each')
  })

  it.each(comparisons)('compare over five seeds: $name', ({ seeds }) => {
    expect(parseSeeds(seeds)).toHaveLength(5)
  })
})
