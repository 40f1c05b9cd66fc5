import { expect, it } from 'vitest'

import { learn } from '../model/quantities'
import { clipOf } from './clip'

const falling = Array.from({ length: 100 }, (_, place) => 2.3 * 0.93 ** place)
const diverged = [2.3, 9, 1e6, 1e20, 1e20, 1e20, 1e20, 1e20]

it('leaves a healthy loss alone, however far it falls', () => {
  expect(clipOf('loss', [falling, falling.map((value) => value + 0.1)])).toBeNull()
  expect(clipOf('train/loss', [[0.01, 0.02], [0.03, null]])).toBeNull()
})

it('cuts what diverged, and says how much that is', () => {
  expect(clipOf('loss', [falling, diverged])).toEqual({ top: 1.05 * 9, largest: 1e20, lines: 1 })
  expect(clipOf('loss', [falling, falling, falling, diverged, diverged, diverged])?.lines).toBe(3)
})

it('cuts a spike of one run', () => {
  expect(clipOf('step/loss', [[...falling, 5000, ...falling]])).toMatchObject({ largest: 5000, lines: 1 })
})

it('goes by the unit of a metric, not by the spelling of its key', () => {
  const plain = { better: 'lower', part: 'test', lowest: 0, highest: null, note: '', difference: false, plugin: 'mine.py' } as const
  learn([{ ...plain, key: 'test/perplexity', title: 'Perplexity', unit: 'nats' }, { ...plain, key: 'test/normality', title: 'Normality', unit: 'none' }])
  expect(clipOf('test/perplexity', [falling, diverged])?.lines).toBe(1)
  expect(clipOf('test/normality', [falling, diverged])).toBeNull()
  expect(clipOf('grad/norm', [falling, diverged])?.lines).toBe(1)
})

it('has nothing to say of quantities of which large values are no mishap', () => {
  expect(clipOf('speed/images_per_second', [[100, 110], [20_000, 21_000]])).toBeNull()
  expect(clipOf('lr', [[0.004, 0.1, 0.0001]])).toBeNull()
  expect(clipOf('loss', [])).toBeNull()
  expect(clipOf('loss', [[null]])).toBeNull()
})
