import { expect, test } from 'vitest'

import { titleOf } from '../model/quantities'
import { offers } from './offers'

test('every logged metric is offered once, by a title of its own', () => {
  const offered = offers(['train/loss', 'test/loss', 'train/accuracy', 'test/accuracy', 'train_eval/accuracy', 'gap', 'gap', 'best/accuracy', 'lr'])
  expect(offered).toEqual(['accuracy', 'loss', 'train_eval/accuracy', 'gap', 'best/accuracy', 'lr'])
  const titles = offered.map(titleOf)
  expect(titles.filter((title) => title === 'Generalisation gap')).toHaveLength(1)
  expect(new Set(titles).size).toBe(titles.length)
})
