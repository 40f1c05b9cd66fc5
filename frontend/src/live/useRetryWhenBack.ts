// Refetches failed queries once the server is back.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { asProblem } from '../api/problem'
import { useSessionPart } from './hooks'

const FIRST_OF_SERVER = 500

export function useRetryWhenBack(): void {
  const isLive = useSessionPart('connection') === 'live'
  const queries = useQueryClient()
  useEffect(() => {
    if (!isLive) return
    void queries.refetchQueries({ type: 'active', predicate: ({ state: { error } }) => error !== null && isOfServer(error) })
  }, [isLive, queries])
}

/** No response, or a server error. */
function isOfServer(error: Error): boolean {
  const { status } = asProblem(error)
  return status === null || status >= FIRST_OF_SERVER
}
