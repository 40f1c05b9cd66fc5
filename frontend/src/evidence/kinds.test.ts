import { expect, it } from 'vitest'

import { titleOf } from './kinds'

it('says what a figure was asked', () => {
  expect(titleOf({ kind: 'targets', options: { time: 'epochs', target: '0.6' } })).toBe('Time to a target accuracy: epochs, 60 %')
  expect(titleOf({ kind: 'curves', options: { key: 'train_eval/loss' } })).toBe('Curves, mean over seeds: training loss (eval mode)')
  expect(titleOf({ kind: 'gradients', options: {} })).toBe('Gradient flow')
  expect(titleOf({ kind: 'of tomorrow', options: {} })).toBe('of tomorrow')
})
