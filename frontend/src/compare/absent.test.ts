import { expect, it } from 'vitest'

import { absent } from './absent'

it('names the runs that are not there', () => {
  expect(absent([])).toBe('')
  expect(absent([999])).toBe('Run 999 is not in this lab: deleted, or from another lab.')
  expect(absent([999, 1000])).toMatch(/^Runs 999 and 1000 are not in this lab/)
})
