// Refetches data that grows with training: one request at a time, at limited rate.
import type { UseQueryResult } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'

/** From an answer to the next question. */
const LEAST_MS = 2_000

/** Data with the version it was requested at. The query's key must not depend on that version. */
interface Versioned {
  asOf: number
}

export function useFollow(asked: UseQueryResult<Versioned>, version: number): void {
  const { data, isFetching, isPlaceholderData, dataUpdatedAt, errorUpdatedAt, refetch } = asked
  /** Version of the last request: a failed one is not repeated for the same version. */
  const tried = useRef<number | null>(null)
  const asOf = isPlaceholderData ? undefined : data?.asOf
  // The query's own time, not this component's: several may follow one query, and would ask in turns.
  const answered = Math.max(dataUpdatedAt, errorUpdatedAt)
  useEffect(() => {
    if (isFetching) return
    if (asOf === undefined) tried.current ??= version
    if (version === asOf || version === tried.current) return
    const timer = setTimeout(() => {
      tried.current = version
      void refetch({ cancelRefetch: false })
    }, Math.max(0, answered + LEAST_MS - Date.now()))
    return () => {
      clearTimeout(timer)
    }
  }, [isFetching, asOf, answered, version, refetch])
}
