import { expect, test } from 'vitest'

import { titleOf } from '../model/quantities'
import { chartsOf, offers } from './offers'

test('what a client has logged has charts, a bare loss in that of the losses', () => {
  expect(chartsOf(['lr', 'loss', 'val/iou'])).toEqual(['loss', 'lr', 'val/iou'])
  expect(chartsOf([])).toEqual([])
})

test('every logged metric is offered once, by a title of its own', () => {
  const offered = offers(['train/loss', 'test/loss', 'train/accuracy', 'test/accuracy', 'train_eval/accuracy', 'gap', 'gap', 'best/accuracy', 'lr'])
  expect(offered).toEqual(['accuracy', 'loss', 'train_eval/accuracy', 'gap', 'best/accuracy', 'lr'])
  const titles = offered.map(titleOf)
  expect(titles.filter((title) => title === 'Generalisation gap')).toHaveLength(1)
  expect(new Set(titles).size).toBe(titles.length)
})
