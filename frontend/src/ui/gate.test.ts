import { expect, test } from 'vitest'

import { gate } from './gate'

test('of two clicks at once the first one counts, and the next one after it has ended', () => {
  const { enter, leave } = gate()
  expect([enter(), enter()]).toEqual([true, false])
  leave()
  expect(enter()).toBe(true)
})
