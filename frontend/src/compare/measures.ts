// The measures of the compared runs, requested once for all panels.
import { queryOptions } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { Measured, Run } from '../api/types'

/** `target`: the test accuracy of times to a target. */
export function measuresQuery(runs: readonly Run[], target: number) {
  const ids = runs.map(({ id }) => id).join(',')
  const finished = runs.filter(({ status }) => status === 'finished').length
  return queryOptions<Measured, Error, Measured, readonly [string, string, number, number]>({
    queryKey: ['measures', ids, finished, target],
    queryFn: async () => (await answer(api.GET('/api/v1/evidence/measures', { params: { query: { runs: ids, target } } }))).data,
    enabled: runs.length > 0,
    // While another of the same runs has ended; of other runs they say nothing.
    placeholderData: (held, before) => (before?.queryKey[1] === ids ? held : undefined),
  })
}
