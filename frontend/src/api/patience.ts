// Which requests are tried again by themselves. Where the lab is busy for a moment, nobody has to press twice.
import type { DefaultOptions } from '@tanstack/react-query'

import { asProblem } from './problem'

/** Of a write that was not taken; each try waits for the database as well. */
const TRIES = 5

/** Seconds. What takes longer than a moment, the user should hear of. */
const MOMENT = 5

export const patience: DefaultOptions = {
  queries: { staleTime: 30_000, retry: 2 },
  mutations: { retry: isWorthAnotherTry, retryDelay: (_, error) => 1000 * (asProblem(error).retryAfter ?? MOMENT) },
}

/** Whether a failed write may have been done all the same: there was no answer, or not the lab's own. */
export function isUnsure(error: unknown): boolean {
  if (error === null || error === undefined) return false
  const { status } = asProblem(error)
  return status === null || status >= 500
}

/** A write, only where the server says that nothing of it was kept and how soon it may be asked again. */
export function isWorthAnotherTry(failures: number, error: unknown): boolean {
  const { status, retryAfter } = asProblem(error)
  return status === 503 && retryAfter !== null && retryAfter <= MOMENT && failures < TRIES
}
