import { expect, it } from 'vitest'

import type { Errand } from '../api/types'
import { listed } from './listed'

const errand = (id: number, status: Errand['status'], model: string | null = `net${id}`) => ({
  id,
  status,
  task: model === null ? null : ({ kind: 'measure_card', model } as const),
})

const ids = (...errands: ReturnType<typeof errand>[]) => listed(errands).map(({ id }) => id)

it('lists open errands, the oldest first, and below them the newest failures', () => {
  expect(ids(errand(5, 'failed'), errand(4, 'waiting'), errand(3, 'done'), errand(2, 'running'), errand(1, 'failed'))).toEqual([2, 4, 5, 1])
  expect(ids(...[9, 8, 7, 6, 5, 4, 3].map((id) => errand(id, 'failed')))).toEqual([9, 8, 7, 6, 5])
})

it.each(['waiting', 'running', 'done', 'cancelled', 'failed'] as const)('lists no failure whose retry is %s', (status) => {
  expect(ids(errand(3, status, 'cnn'), errand(2, 'failed', 'cnn'))).toEqual(status === 'done' || status === 'cancelled' ? [] : [3])
})

it('takes no two tasks that it cannot read for the same', () => {
  expect(ids(errand(2, 'failed', null), errand(1, 'failed', null))).toEqual([2, 1])
})
