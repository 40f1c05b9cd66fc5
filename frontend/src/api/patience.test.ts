import { describe, expect, it } from 'vitest'

import { isWorthAnotherTry } from './patience'
import { noAnswer, problemFrom } from './problem'

describe('a write that was not taken', () => {
  const busy = problemFrom(503, { detail: 'The database was locked.' }, 5)

  it('is tried again where the lab says when, but not for ever', () => {
    expect(isWorthAnotherTry(0, busy)).toBe(true)
    expect(isWorthAnotherTry(5, busy)).toBe(false)
  })

  it.each([
    ['may have been kept', problemFrom(503, { detail: 'The database does not answer.' })],
    ['has to wait for long', problemFrom(503, { detail: 'The disk is full.' }, 30)],
    ['was refused', problemFrom(422, { detail: 'No.' })],
    ['got no answer', noAnswer(new TypeError('Failed to fetch'))],
  ])('is left to the user where it %s', (_, problem) => {
    expect(isWorthAnotherTry(0, problem)).toBe(false)
  })
})
