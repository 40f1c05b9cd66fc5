import { expect, it } from 'vitest'

import type { ModelDetails } from '../api/types'
import { canRetry, measurementOf } from './measurement'

const card = (part: Partial<ModelDetails> = {}) => ({ inspecting: false, error: null, origin: 'torchvision', ...part }) as ModelDetails

it('has failed while its card has an error, however its errand ended', () => {
  const failed = card({ error: 'ValueError: no' })
  for (const errand of [undefined, ...(['failed', 'done', 'cancelled'] as const).map((status) => ({ status }))]) {
    expect(measurementOf(failed, errand, false)).toBe('failed')
  }
})

it('is pending while a retry waits or runs, although the card still has the error', () => {
  expect(measurementOf(card({ error: 'no' }), { status: 'waiting' }, false)).toBe('pending')
  expect(measurementOf(card({ error: 'no' }), { status: 'running' }, true)).toBe('pending')
})

it('is loading between the end of the errand and the new card', () => {
  expect(measurementOf(card({ error: 'no' }), { status: 'done' }, true)).toBe('loading')
  expect(measurementOf(card(), { status: 'done' }, false)).toBe('pending')
})

it('is inspected with its plugin, and only torchvision’s networks are measured by errands', () => {
  expect(measurementOf(card({ inspecting: true, origin: 'plugin' }), undefined, false)).toBe('inspecting')
  expect([canRetry(card()), canRetry(card({ origin: 'plugin' })), canRetry(card({ origin: 'built-in' }))]).toEqual([true, false, false])
})
