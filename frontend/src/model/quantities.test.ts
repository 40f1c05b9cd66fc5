import { expect, it } from 'vitest'

import { scaleOf, titleOf } from './quantities'

it('calls every chart by the name that the server has for its key', () => {
  expect(titleOf('test/ece')).toBe('Expected calibration error (test)')
  expect(titleOf('grad/norm')).toBe('Gradient norm')
  expect(titleOf('accuracy')).toBe('Accuracy')
  expect(titleOf('gap')).toBe('Generalisation gap')
})

it.each([
  ['accuracy', 'share'],
  ['test/top5', 'share'],
  ['test/ece', 'share'],
  ['gap', 'signed share'],
  ['loss', 'positive'],
  ['grad/norm', 'positive'],
  ['mine/accuracy', 'positive'],
])('draws %s on the scale of its unit: %s', (quantity, scale) => {
  expect(scaleOf(quantity)).toBe(scale)
})

it('makes a name of a key that the lab has none for', () => {
  expect(titleOf('mine/top_speed')).toBe('Top speed (mine)')
})
