// What the lab offers: networks and data sets, as its workers announced them.
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'

import { answer, api } from './client'
import type { DatasetCard, ModelCard } from './types'

/** Before the first worker has announced itself the lists are empty; ask again soon. */
const SOON_MS = 3_000

export function useModels(): UseQueryResult<ModelCard[]> {
  return useQuery({
    queryKey: ['models'],
    queryFn: async () => (await answer(api.GET('/api/v1/models'))).data.items,
    refetchInterval: ({ state }) => (state.data?.length === 0 ? SOON_MS : false),
  })
}

export function useDatasets(): UseQueryResult<DatasetCard[]> {
  return useQuery({
    queryKey: ['datasets'],
    queryFn: async () => (await answer(api.GET('/api/v1/datasets'))).data.items,
    refetchInterval: ({ state }) => (state.data?.length === 0 ? SOON_MS : false),
  })
}

/** A network's name for people, by its key. */
export function useNetworkName(): (key: string) => string {
  const { data } = useModels()
  const names = useMemo(() => new Map(data?.map(({ key, label }) => [key, label])), [data])
  return useCallback((key: string) => names.get(key) ?? key, [names])
}

export function useDatasetCard(key: string): DatasetCard | undefined {
  const { data } = useDatasets()
  return data?.find((card) => card.key === key)
}
