import { expect, it } from 'vitest'

import { plottable } from './plottable'

const listed = (count: number) => Array.from({ length: count }, (_, place) => ({ id: count - place }))

it('brings all runs into the charts, the oldest first', () => {
  expect(plottable(listed(3))).toEqual({ ids: [1, 2, 3], which: 'all' })
})

it('says that there is room for the newest of many only', () => {
  const { ids, which } = plottable(listed(1000))
  expect([ids.length, ids[0], ids.at(-1), which]).toEqual([60, 941, 1000, 'the newest 60'])
})
