import { describe, expect, it } from 'vitest'

import { momentAt, placeOf } from './moments'

describe('an epoch on the slider', () => {
  it('stands where it was moved to, whichever was answered last', () => {
    expect(placeOf([1, 2, 4, 8], 4, 1)).toBe(2)
  })

  it('is the last place for the newest, whichever that is', () => {
    expect(placeOf([1, 2, 4], undefined, 2)).toBe(2)
    expect(momentAt([1, 2, 4], 2)).toBeUndefined()
    expect(momentAt([1, 2, 4], 1)).toBe(2)
  })

  it('is the one that was answered where a link names one that was not counted', () => {
    expect(placeOf([1, 2, 4], 3, 4)).toBe(2)
    expect(placeOf([1, 2, 4], 3, 5)).toBe(0)
  })
})
