// Requests the quantities of plugins' metrics. Components that show titles or scales re-render when they arrive.
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { learn } from './quantities'

/** Changes when other quantities are known. */
export function useQuantities(): unknown {
  return useQuery({
    queryKey: ['quantities'],
    queryFn: async () => {
      const { items } = (await answer(api.GET('/api/v1/quantities'))).data
      learn(items)
      return items
    },
    staleTime: Infinity,
  }).data
}
