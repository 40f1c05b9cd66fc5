import { describe, expect, it } from 'vitest'

import type { Run } from '../api/types'
import { dateTime, duration } from '../lib/format'
import { statusText } from './status'

const run = (part: Partial<Run>): Run =>
  ({
    status: 'running',
    reason: null,
    activity: null,
    stalled: null,
    stop_requested: false,
    epoch: 3,
    epochs: 10,
    eta_seconds: 75,
    queue_position: null,
    trained_seconds: 0,
    ...part,
  }) as Run

describe('a status', () => {
  it.each([
    [{}, 'epoch 3 of 10 · 1 min 15 s left'],
    [{ activity: 'training', eta_seconds: null }, 'epoch 3 of 10'],
    [{ epochs: null }, 'epoch 3'],
    [{ epochs: null, status: 'finished', trained_seconds: 60 }, `3 epochs in ${duration(60)}`],
    [{ epochs: null, epoch: 0, status: 'cancelled' }, ''],
    [{ activity: 'downloading cifar10 41 %' }, 'downloading cifar10 41 %'],
    [{ stalled: 'no progress for 90 s; an epoch took 8.0 s' }, 'no progress for 90 s; an epoch took 8.0 s'],
    [{ status: 'queued', queue_position: 1 }, 'next in queue'],
    [{ status: 'queued', queue_position: 3 }, '#3 in queue'],
    [{ status: 'failed', reason: 'diverged in epoch 2' }, 'diverged in epoch 2'],
    [{ status: 'cancelled' }, 'after 3 of 10 epochs'],
    [{ status: 'cancelled', epoch: 0 }, 'before epoch 1'],
    [{ status: 'finished', trained_seconds: 90 }, '10 epochs in 1 min 30 s'],
    [{ status: 'finished' }, '10 epochs'],
    [{ status: 'finished', spec_problem: 'batch_size: too large' }, '10 epochs; settings not usable by this version (batch_size: too large)'],
    [{ status: 'failed', reason: 'it said why', spec_problem: 'batch_size: too large' }, 'it said why'],
    [{ kind: 'lab', stop_requested: true }, 'stops after the current batch'],
    [{ kind: 'external', stop_requested: true }, 'stops when its client next calls'],
    [{ kind: 'external', lost_contact: '2026-01-01T12:00:00Z' }, `no request from its client since ${dateTime('2026-01-01T12:00:00Z')}`],
    [{ kind: 'external', epochs: null, epoch: 0, status: 'finished', started_at: '2026-01-01T12:00:00Z', finished_at: '2026-01-01T12:01:30Z' }, duration(90)],
    [{ epochs: null, dropped: 2 }, 'epoch 3; 2 points lost: the disk of its client was full'],
  ] satisfies [Partial<Run>, string][])('of %j reads %j', (part, detail) => {
    expect(statusText(run(part)).detail).toBe(detail)
  })
})

describe('a duration', () => {
  it.each([
    [0.4, '0 s'],
    [59.6, '1 min'],
    [125, '2 min 5 s'],
    [660, '11 min'],
    [3900, '1 h 5 min'],
    [90_000, '1 d 1 h'],
  ])('of %f seconds is %j', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })
})
