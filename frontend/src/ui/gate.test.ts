import { expect, test } from 'vitest'

import { gate } from './gate'

test('of two clicks at once the first one counts, and the next one after it has ended', () => {
  const { enter, leave } = gate()
  expect([enter('a'), enter('a')]).toEqual([true, false])
  leave(false)
  expect(enter('a')).toBe(true)
})

test('a try after one without an answer has the same key, as long as the same is wanted', () => {
  const { enter, leave, key } = gate()
  const keyOf = (wanted: string, unsure: boolean): string => {
    enter(wanted)
    leave(unsure)
    return key()
  }
  const lost = keyOf('a', true)
  expect(keyOf('a', true)).toBe(lost)
  expect(keyOf('a', false)).toBe(lost)
  const another = keyOf('a', true)
  expect(another).not.toBe(lost)
  expect(keyOf('b', true)).not.toBe(another)
})
