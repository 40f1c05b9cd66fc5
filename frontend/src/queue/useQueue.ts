// The order of the runs that wait.
import { useMemo } from 'react'

import { useLabPart } from '../live/hooks'

/** Ids in order; null until known. A run that has started leaves before the order is refreshed. */
export function useQueue(): readonly number[] | null {
  const queue = useLabPart('queue')
  const runs = useLabPart('settled')
  return useMemo(() => queue?.filter((id) => (runs.get(id)?.status ?? 'queued') === 'queued') ?? null, [queue, runs])
}
