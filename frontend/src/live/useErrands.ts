// What workers do beside training: loaded once the page shows it, and again after each snapshot; events keep it true.
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useMemo } from 'react'

import type { Errand } from '../api/types'
import { useLabPart, useSession, useSessionPart } from './hooks'

export interface Errands {
  /** Newest first. */
  errands: readonly Errand[]
  asked: UseQueryResult<boolean>
}

export function useErrands(): Errands {
  const { loadErrands } = useSession()
  const snapshots = useSessionPart('snapshots')
  const held = useLabPart('errands')
  const asked = useQuery({
    // Events before a snapshot are not repeated. A new key ignores responses of earlier requests.
    queryKey: ['errands', snapshots],
    queryFn: async () => {
      await loadErrands()
      return true
    },
    enabled: snapshots > 0,
    staleTime: 0,
  })
  const errands = useMemo(() => [...held.values()].sort((a, b) => b.id - a.id), [held])
  return { errands, asked }
}

export type Task = NonNullable<Errand['task']>

/** The newest errand with such a task, whatever its status. */
export function useErrand(isIt: (task: Task) => boolean): Errand | undefined {
  const { errands } = useErrands()
  return errands.find(({ task }) => task !== null && isIt(task))
}
