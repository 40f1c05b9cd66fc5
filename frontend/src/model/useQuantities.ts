// Asks the server for the quantities that plugins measure. Whoever writes a title or draws a scale renders again when they come.
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
