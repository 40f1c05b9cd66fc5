// Asks the server what the fields hold that a draft does not set; nothing that is typed changes the answer.
import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { SpecDefaults } from './defaults'

const NONE: readonly SpecDefaults[] = []

interface DefaultsState {
  /** One item for each group of networks that agree; empty before the first answer. */
  defaults: readonly SpecDefaults[]
  isPending: boolean
}

export function useDefaults(networks: readonly string[], preset: string, enabled = true): DefaultsState {
  // Below `models`: asked again when a worker announces others.
  const models = [...networks].sort().join(',')
  const { data = NONE, isPending } = useQuery({
    queryKey: ['models', 'defaults', models, preset],
    queryFn: async () => {
      const query = { ...(models && { models }), ...(preset && { preset }) }
      return (await answer(api.GET('/api/v1/runs/defaults', { params: { query } }))).data.items
    },
    enabled,
    placeholderData: keepPreviousData,
  })
  return { defaults: data, isPending }
}
