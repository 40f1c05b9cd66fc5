import { expect, it } from 'vitest'

import { titleOf } from './quantities'

it('calls every chart by the name that the lab has for its key', () => {
  expect(titleOf('test/ece')).toBe('Expected calibration error (test)')
  expect(titleOf('grad/norm')).toBe('Gradient norm')
  expect(titleOf('accuracy')).toBe('Accuracy')
  expect(titleOf('gap')).toBe('Generalisation gap')
})

it('makes a name of a key that the lab has none for', () => {
  expect(titleOf('mine/top_speed')).toBe('Top speed (mine)')
})
