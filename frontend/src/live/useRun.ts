// One run by id: from the store, or requested, as a link may name one that is not loaded.
import { queryOptions, useQuery } from '@tanstack/react-query'

import { asProblem, type Problem } from '../api/problem'
import type { Run } from '../api/types'
import { useLabValue, useSession, useSessionPart } from './hooks'
import type { Session } from './session'

/** Whether the run exists; if so, it is in the store afterwards. */
export const runQuery = (session: Session, id: number) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: () => session.loadRun(id),
    // It may have been deleted or created since.
    staleTime: 0,
  })

export interface AskedRun {
  run: Run | undefined
  /** The server has no such run. */
  missing: boolean
  problem: Problem | null
  retry: () => void
}

export function useRun(id: number): AskedRun {
  const session = useSession()
  const loaded = useSessionPart('loaded')
  const snapshotProblem = useSessionPart('problem')
  const run = useLabValue(({ runs }) => runs.get(id))
  const known = Number.isSafeInteger(id)
  const { data: found, error, refetch } = useQuery({ ...runQuery(session, id), enabled: known && loaded && run === undefined })
  if (run !== undefined) return { run, missing: false, problem: null, retry: session.start }
  if (!known) return { run, missing: true, problem: null, retry: session.start }
  if (!loaded) return { run, missing: false, problem: snapshotProblem, retry: session.start }
  return { run, missing: found === false, problem: error && asProblem(error), retry: () => void refetch() }
}
