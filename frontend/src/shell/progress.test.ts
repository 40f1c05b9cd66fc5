import { describe, expect, it } from 'vitest'

import type { Status } from '../api/types'
import { shareOf } from './progress'

const run = (id: number, status: Status, progress: number, experiment: number | null = null) => ({
  id,
  status,
  progress,
  experiment: experiment === null ? null : { id: experiment },
})

describe('how far what is running is', () => {
  it('is nothing while nothing runs', () => {
    expect(shareOf([run(1, 'finished', 1), run(2, 'queued', 0)])).toBeNull()
  })

  it('is the mean of the running runs', () => {
    expect(shareOf([run(1, 'running', 0.5), run(2, 'running', 0.25), run(3, 'queued', 0)])).toBe(37)
  })

  it('counts what their experiments have done and have still to do', () => {
    expect(shareOf([run(1, 'finished', 1, 7), run(2, 'failed', 0.2, 7), run(3, 'running', 0.4, 7), run(4, 'queued', 0, 7), run(5, 'finished', 1, 8)])).toBe(60)
  })

  it('is of a page of one run that run’s own', () => {
    const runs = [run(1, 'running', 0.9, 7), run(2, 'running', 0.1, 7), run(3, 'finished', 1)]
    expect(shareOf(runs, 2)).toBe(10)
    expect(shareOf(runs, 3)).toBeNull()
  })
})
