// The verdicts on these runs, requested again when a run is added or ends.
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { useLabPart, useSessionState } from '../live/hooks'
import { queryOf, runsOf, stateOf, type Asked } from './asked'

/** `known`: whether these are the runs to evaluate; false while others may still load. */
export function useEvidence(asked: Asked, target: number | undefined, known: boolean) {
  const runs = useLabPart('runs')
  const { loaded } = useSessionState()
  const question = JSON.stringify([asked, target])
  return useQuery({
    queryKey: ['evidence', question, stateOf(runsOf(asked, runs))],
    queryFn: async () => {
      const query = { ...queryOf(asked), ...(target !== undefined && { target }) }
      return (await answer(api.GET('/api/v1/evidence', { params: { query } }))).data
    },
    enabled: loaded && known,
    // The last answer stays while it is refetched, but never one to another question.
    placeholderData: (before, query) => (query?.queryKey[1] === question ? before : undefined),
  })
}
