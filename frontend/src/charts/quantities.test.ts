import { expect, it } from 'vitest'

import { readChart, scaleOf, titleOf, writeChart } from './quantities'

it('calls every chart by the name that the lab has for its key', () => {
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

it.each(['lr', 'lr~pin', 'lr~wide', 'lr~pin~wide~474'])('writes the chart %s into the address as it was read from there', (text) => {
  expect(writeChart(readChart(text))).toBe(text)
})

it.each(['lr~-3~tall', 'lr~Infinity', 'lr~1e9', 'lr~4.5'])('reads no height from %s', (text) => {
  expect(readChart(text)).toEqual({ quantity: 'lr', pinned: false, wide: false })
})
