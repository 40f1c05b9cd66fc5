// The order of the runs that wait.
import { useMemo } from 'react'

import { useLabPart } from '../live/hooks'

/** Ids, the next one first; null until they are known. A run that was taken leaves before the order comes anew. */
export function useQueue(): readonly number[] | null {
  const queue = useLabPart('queue')
  const runs = useLabPart('settled')
  return useMemo(() => queue?.filter((id) => (runs.get(id)?.status ?? 'queued') === 'queued') ?? null, [queue, runs])
}
