// Which requests are retried automatically while the server is briefly busy.
import type { DefaultOptions } from '@tanstack/react-query'

import { asProblem } from './problem'

/** Of a write that was not taken; each try waits for the database as well. */
const TRIES = 5

/** Seconds. Longer waits are reported to the user. */
const MOMENT = 5

export const patience: DefaultOptions = {
  queries: { staleTime: 30_000, retry: 2 },
  mutations: { retry: isWorthAnotherTry, retryDelay: (_, error) => 1000 * (asProblem(error).retryAfter ?? MOMENT) },
}

/** Whether a failed write may have succeeded: there was no response, or a proxy's. */
export function isUnsure(error: unknown): boolean {
  if (error === null || error === undefined) return false
  const { status } = asProblem(error)
  return status === null || status >= 500
}

/** Writes are retried only if the server says that nothing was stored, and when to retry. */
export function isWorthAnotherTry(failures: number, error: unknown): boolean {
  const { status, retryAfter } = asProblem(error)
  return status === 503 && retryAfter !== null && retryAfter <= MOMENT && failures < TRIES
}
