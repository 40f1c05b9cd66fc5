// Asks the lab what a draft would come to, once for each kind of network that sets fields of its own.
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQueries } from '@tanstack/react-query'

import { useModels } from '../api/catalog'
import { answer, api } from '../api/client'
import type { paths } from '../api/schema'
import { groupBy } from '../lib/collections'
import type { Submission } from './draft'
import { sourcesOf, type Source } from './sources'
import { SETTLED_MS } from './useEstimate'

type NewRun = paths['/api/v1/runs/resolve']['post']['requestBody']['content']['application/json']

export function useSources(submission: Submission): Record<string, Source> {
  const { data: cards = [] } = useModels()
  const { models, fields } = partsOf(submission)
  const typed = JSON.stringify(fields)
  const [settled] = useDebouncedValue(typed, SETTLED_MS)
  const chosen = cards.filter(({ key }) => models.includes(key))
  const kinds = [...groupBy(chosen, ({ defaults }) => JSON.stringify(defaults)).values()]
  return useQueries({
    queries: kinds.map((kind) => {
      const body = { ...(JSON.parse(settled) as Record<string, unknown>), model: kind[0]?.key }
      return {
        queryKey: ['resolved', body],
        queryFn: async () => (await answer(api.POST('/api/v1/runs/resolve', { body: body as unknown as NewRun }))).data,
        enabled: settled === typed,
        placeholderData: keepPreviousData,
        // What is being typed may be wrong for the moment; the launch itself says what is wrong.
        retry: false,
      }
    }),
    combine: (answers) => {
      const known = answers.flatMap(({ data, isError }, place) => {
        const networks = kinds[place]?.map(({ label }) => label) ?? []
        return data && !isError ? [{ networks, resolved: data }] : []
      })
      return known.length === kinds.length ? sourcesOf(known) : {}
    },
  })
}

/** What is sent, as of a single run. */
function partsOf(submission: Submission): { models: readonly unknown[]; fields: Record<string, unknown> } {
  if (submission.kind === 'run') {
    const { model, name: _, ...fields } = submission.body
    return { models: [model], fields }
  }
  const { vary: { model = [], ...vary }, spec, preset } = submission.body
  const first = Object.fromEntries(Object.entries(vary).map(([name, values]) => [name, values[0]]))
  return { models: model, fields: { ...spec, ...first, ...(preset !== undefined && { preset }) } }
}
