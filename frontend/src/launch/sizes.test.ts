import { describe, expect, it } from 'vitest'

import { canChoose, sizeNeeded } from './sizes'

describe('the size that a network needs', () => {
  it.each([
    [32, [3, 28, 32], 32],
    [32, [3, 32, 28], 32],
    [32, [3, 32, 32], undefined],
    [4, [3, 8, 8], undefined],
    [null, [3, 8, 8], undefined],
    [32, null, undefined],
    [32, undefined, undefined],
  ])('at least %j with images of %j: %j', (smallest, shape, needed) => {
    expect(sizeNeeded({ smallest }, shape)).toBe(needed)
  })
})

describe('a network', () => {
  it('can be chosen where it takes the images, and unchosen anyway', () => {
    const card = { key: 'densenet', smallest: 32 }
    expect(canChoose(card, [3, 32, 32], [])).toBe(true)
    expect(canChoose(card, [1, 8, 8], ['cnn'])).toBe(false)
    expect(canChoose(card, [1, 8, 8], ['densenet'])).toBe(true)
  })
})
