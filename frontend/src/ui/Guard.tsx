// Around what needs an answer of the lab: nothing is said of it before the answer is there, or that it failed.
import type { ReactNode } from 'react'

import type { Problem } from '../api/problem'
import { RequestError } from './RequestError'

interface GuardProps<T> {
  /** "load the log" */
  wanted: string
  /** Undefined while it is on its way. */
  found: T | undefined
  problem: Problem | null
  onRetry: () => void
  /** In the shape of what will come. */
  waiting: ReactNode
  children: (found: T) => ReactNode
}

export function Guard<T>({ wanted, found, problem, onRetry, waiting, children }: GuardProps<T>) {
  if (problem !== null) return <RequestError wanted={wanted} problem={problem} onRetry={onRetry} />
  return <>{found === undefined ? waiting : children(found)}</>
}
