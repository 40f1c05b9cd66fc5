import { describe, expect, it } from 'vitest'

import type { Run, Status } from '../api/types'
import { endings, noticeOf } from './endings'

const run = (id: number, status: Status, rest: Partial<Run> = {}) => ({ id, status, name: `run ${id}`, epoch: 5, best: null, reason: null, ...rest }) as Run

describe('endings', () => {
  it('are of runs that were seen alive', () => {
    const before = new Map<number, Status>([[1, 'running'], [2, 'finished'], [3, 'running'], [4, 'running']])
    const now = [run(1, 'finished'), run(2, 'finished'), run(3, 'failed'), run(4, 'running'), run(5, 'finished')]
    expect(endings(before, now).map(({ id }) => id)).toEqual([1, 3])
  })

  it('are not what somebody cancelled', () => {
    expect(endings(new Map([[1, 'running']]), [run(1, 'cancelled')])).toEqual([])
  })
})

describe('a notice', () => {
  it('is not given of nothing', () => {
    expect(noticeOf([])).toBeNull()
  })

  it('tells how well a run did, or why it failed', () => {
    const best = { key: 'test/accuracy', value: 0.912, epoch: 4, selected_on: 'test' as const }
    expect(noticeOf([run(7, 'finished', { best })])).toEqual({ title: 'run 7 has finished', body: '5 epochs, best 91.2%, selected on test', run: 7, tag: 'skiplab-7' })
    expect(noticeOf([run(7, 'failed', { reason: 'It diverged.' })])?.body).toBe('It diverged.')
  })

  it('tells once of several', () => {
    expect(noticeOf([run(1, 'finished'), run(2, 'failed')])).toMatchObject({ title: '2 runs have ended, 1 failed', body: 'run 1, run 2', run: null })
  })
})
