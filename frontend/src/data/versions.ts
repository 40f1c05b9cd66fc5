// Requests on one data set: list versions, rename, delete a version.
import { useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query'

import { answer, api, done } from '../api/client'
import type { Problem } from '../api/problem'
import type { components } from '../api/schema'
import { useEventCount } from '../live/hooks'
import { useOnce } from '../ui/useOnce'

export type Version = components['schemas']['ListedVersion']

export function useVersions(dataset: string): UseQueryResult<Version[]> {
  // A new version changes the catalogue.
  const changes = useEventCount('catalog')
  return useQuery({
    queryKey: ['versions', dataset, changes],
    queryFn: async () => (await answer(api.GET('/api/v1/datasets/{key}/versions', { params: { path: { key: dataset } } }))).data.items,
    placeholderData: (before, query) => (query?.queryKey[1] === dataset ? before : undefined),
  })
}

export function useRename(dataset: string): UseMutationResult<unknown, Problem, string> {
  const queries = useQueryClient()
  return useOnce<unknown, Problem, string>({
    mutationFn: (label) => answer(api.PATCH('/api/v1/datasets/{key}', { params: { path: { key: dataset } }, body: { label } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['datasets'] }),
  })
}

export function useDeleteVersion(dataset: string): UseMutationResult<unknown, Problem, Version> {
  const queries = useQueryClient()
  return useOnce<unknown, Problem, Version>({
    // Who confirms it was told of the runs that trained on it; where there were none yet, the lab looks once more.
    mutationFn: ({ version, runs }) => done(api.DELETE('/api/v1/datasets/{key}', { params: { path: { key: dataset }, query: { version, force: runs > 0 } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['versions', dataset] })
      await queries.invalidateQueries({ queryKey: ['datasets'] })
    },
  })
}
