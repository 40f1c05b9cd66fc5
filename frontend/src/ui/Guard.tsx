// Around content that needs a response: shows a placeholder until it arrives, or the error.
import type { ReactNode } from 'react'

import type { Problem } from '../api/problem'
import { RequestError } from './RequestError'

interface GuardProps<T> {
  /** "load the log" */
  wanted: string
  /** Undefined while loading. */
  found: T | undefined
  problem: Problem | null
  onRetry: () => void
  /** Placeholder of similar shape. */
  waiting: ReactNode
  children: (found: T) => ReactNode
}

export function Guard<T>({ wanted, found, problem, onRetry, waiting, children }: GuardProps<T>) {
  if (problem !== null) return <RequestError wanted={wanted} problem={problem} onRetry={onRetry} />
  return <>{found === undefined ? waiting : children(found)}</>
}
