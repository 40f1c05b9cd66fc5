// Which of several runs do not exist, such as deleted ones that a link names.
import { useQueries } from '@tanstack/react-query'

import { asProblem, type Problem } from '../api/problem'
import { useLabPart, useSession, useSessionPart } from './hooks'
import { runQuery } from './useRun'

export interface Missing {
  missing: readonly number[]
  problem: Problem | null
  retry: () => void
}

export function useMissing(ids: readonly number[]): Missing {
  const session = useSession()
  const loaded = useSessionPart('loaded')
  const runs = useLabPart('settled')
  const unheld = ids.filter((id) => !runs.has(id))
  const asked = useQueries({ queries: unheld.map((id) => ({ ...runQuery(session, id), enabled: loaded })) })
  const failed = asked.find(({ error }) => error)
  return {
    missing: unheld.filter((_, place) => asked[place]?.data === false),
    problem: failed?.error ? asProblem(failed.error) : null,
    retry: () => void failed?.refetch(),
  }
}
