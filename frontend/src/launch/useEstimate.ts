// How long a draft will take, in words; the server estimates it.
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { Estimate } from '../api/types'
import { duration, plural } from '../lib/format'
import type { Submission } from './submission'

export const SETTLED_MS = 300

export function useEstimate(submission: Submission, wanted: boolean): string {
  return useEstimateOf(bodyOf(submission), wanted)
}

/** `body`: an experiment without its name. */
export function useEstimateOf(launch: ReturnType<typeof bodyOf>, wanted: boolean): string {
  const typed = JSON.stringify(launch)
  const [body] = useDebouncedValue(typed, SETTLED_MS)
  const { data, isError } = useQuery({
    queryKey: ['estimate', body],
    queryFn: async () => (await answer(api.POST('/api/v1/estimate', { body: JSON.parse(body) as ReturnType<typeof bodyOf> }))).data,
    enabled: wanted && body === typed,
    placeholderData: keepPreviousData,
    // What is being typed may be wrong for the moment; the launch itself says what is wrong.
    retry: false,
  })
  return data && !isError ? inWords(data) : ''
}

function bodyOf(submission: Submission) {
  if (submission.kind === 'experiment') {
    const { name: _, ...launch } = submission.body
    return launch
  }
  const { preset, name: _, ...spec } = submission.body
  return { spec, ...(typeof preset === 'string' && { preset }) }
}

function inWords({ seconds, slots, basis }: Estimate): string {
  if (seconds === null || basis === 'unknown') return 'No estimate yet: no completed runs to base it on.'
  const on = slots > 1 ? ` on ${plural(slots, 'device')}` : ''
  return `About ${duration(seconds)}${on} (${basis === 'measured' ? 'based on previous runs' : 'estimated from FLOPs'}).`
}
