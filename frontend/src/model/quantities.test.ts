import { expect, it } from 'vitest'

import { learn, scaleOf, titleOf } from './quantities'

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

it('knows the quantities of plugins once the server has listed them', () => {
  const bare = { unit: 'none', difference: false, better: 'higher', part: 'test', lowest: null, highest: null, note: '', plugin: 'mine.py' } as const
  expect(titleOf('test/f1/macro')).toBe('F1 macro (test)')
  learn([{ ...bare, key: 'test/f1/macro', title: 'Macro F1 (test)', unit: 'fraction' }, { ...bare, key: 'test/margin', title: 'Margin (test)' }])
  expect(titleOf('test/f1/macro')).toBe('Macro F1 (test)')
  expect(scaleOf('test/f1/macro')).toBe('open share')
  expect(scaleOf('test/margin')).toBe('positive')
})

it("keeps its own quantities, whatever a list says of them", () => {
  learn([{ key: 'test/ece', title: 'Another', unit: 'none', difference: false, better: 'none', part: null, lowest: null, highest: null, note: '', plugin: 'mine.py' }])
  expect(titleOf('test/ece')).toBe('Expected calibration error (test)')
  expect(scaleOf('test/ece')).toBe('share')
})
