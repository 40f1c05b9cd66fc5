// A session on a fake lab in fake time, anew for each test of a file.
import { afterEach, beforeEach, vi } from 'vitest'

import { Session } from '../src/live/session'
import { FakeLab, KEY, NOW } from './fakeLab'

export interface OnLab {
  readonly lab: FakeLab
  readonly session: Session
  /** Starts the session and waits until it has settled. */
  start: () => Promise<void>
  /** Waits for all that is under way without time. */
  settle: () => Promise<unknown>
  /** Ids of the runs that the session holds, newest first. */
  held: () => number[]
  /** The values of KEY that it holds of a run. */
  values: (run: number) => readonly (number | null)[] | undefined
}

export function onLab(): OnLab {
  let lab: FakeLab
  let session: Session
  const settle = () => vi.advanceTimersByTimeAsync(0)

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW })
    lab = new FakeLab()
    session = new Session(lab.dependencies())
  })

  afterEach(() => {
    session.stop()
    vi.useRealTimers()
  })

  return {
    get lab() {
      return lab
    },
    get session() {
      return session
    },
    start: async () => {
      session.start()
      await settle()
    },
    settle,
    held: () => [...session.store.get().runs.keys()].sort((a, b) => b - a),
    values: (run) => session.store.get().columns.get(run)?.get(KEY)?.value,
  }
}
