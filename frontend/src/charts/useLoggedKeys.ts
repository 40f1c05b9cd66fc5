// The keys that runs have logged. Clients choose their own, and may log another at any time.
import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { useLabPart } from '../live/hooks'

export interface LoggedKeys {
  keys: readonly string[]
  isPending: boolean
}

const NONE: readonly string[] = []

/** `runs`: ids, joined by commas; none if the keys are not wanted yet. */
export function useLoggedKeys(runs: string): LoggedKeys {
  const newKeys = useLabPart('newKeys')
  const { data = NONE, isPending } = useQuery({
    queryKey: ['metric keys', runs, newKeys],
    queryFn: async () => (await answer(api.GET('/api/v1/metrics/keys', { params: { query: { runs } } }))).data.items,
    enabled: runs !== '',
    placeholderData: keepPreviousData,
  })
  return { keys: data, isPending: isPending && runs !== '' }
}
