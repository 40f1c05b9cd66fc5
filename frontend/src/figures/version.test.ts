import { describe, expect, it } from 'vitest'

import type { Run } from '../api/types'
import { versionOf } from './version'

const held = (...runs: (readonly [id: number, status: Run['status'], epoch: number])[]) =>
  new Map(runs.map(([id, status, epoch]) => [id, { id, status, epoch } as Run]))

describe('the version of a figure', () => {
  it('moves on with each epoch of its own runs', () => {
    const before = versionOf([1, 2], held([1, 'running', 3], [2, 'running', 5], [3, 'running', 1]))
    expect(versionOf([1, 2], held([1, 'running', 4], [2, 'running', 5], [3, 'running', 1]))).not.toBe(before)
    expect(versionOf([1, 2], held([1, 'running', 3], [2, 'running', 5], [3, 'running', 9]))).toBe(before)
  })

  it('stays when older runs come that have ended: its figure has them already', () => {
    const before = versionOf([1, 2, 3], held([3, 'running', 4]))
    expect(versionOf([1, 2, 3], held([1, 'finished', 10], [2, 'failed', 2], [3, 'running', 4]))).toBe(before)
  })

  it('moves when a run comes that may have trained on, a paused one too', () => {
    expect(versionOf([1], held([1, 'running', 4]))).not.toBe(versionOf([1], held()))
    expect(versionOf([1], held([1, 'queued', 0]))).not.toBe(versionOf([1], held()))
    expect(versionOf([1], held([1, 'paused', 2]))).not.toBe(versionOf([1], held()))
  })

  it('moves when a run ends, for what is drawn of it may hang on how it ended', () => {
    expect(versionOf([1], held([1, 'finished', 4]))).not.toBe(versionOf([1], held([1, 'running', 4])))
  })
})
