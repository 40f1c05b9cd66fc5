// What workers do beside training: asked for once the page shows it, and again after each new beginning; events keep it true.
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'

import { answer, api } from '../api/client'
import type { Errand } from '../api/types'
import { useLabPart, useSession, useSessionPart } from './hooks'

export interface Errands {
  /** Newest first. */
  errands: readonly Errand[]
  asked: UseQueryResult<boolean>
}

export function useErrands(): Errands {
  const { store } = useSession()
  const connection = useSessionPart('connection')
  const held = useLabPart('errands')
  const asked = useQuery({
    // Events that were missed while the connection was lost are not sent again.
    queryKey: ['errands'],
    queryFn: async () => {
      const { data, eventId } = await answer(api.GET('/api/v1/errands'))
      store.addErrands(data.items, eventId ?? 0)
      return true
    },
    staleTime: 0,
  })
  const { refetch } = asked
  useEffect(() => {
    if (connection === 'live') void refetch({ cancelRefetch: false })
  }, [connection, refetch])
  const errands = useMemo(() => [...held.values()].sort((a, b) => b.id - a.id), [held])
  return { errands, asked }
}

export type Task = NonNullable<Errand['task']>

/** The newest errand with such a task; undefined where that is done. */
export function useErrand(isIt: (task: Task) => boolean): Errand | undefined {
  const { errands } = useErrands()
  const newest = errands.find(({ task }) => task !== null && isIt(task))
  return newest?.status === 'done' ? undefined : newest
}
