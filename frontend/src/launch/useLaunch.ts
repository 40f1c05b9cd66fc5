// Sends a draft, says which runs it made, and shows them in the charts.
import { notifications } from '@mantine/notifications'
import { type UseMutationResult } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { withKey } from '../api/idempotency'
import type { Problem } from '../api/problem'
import type { paths } from '../api/schema'
import type { Run } from '../api/types'
import { plural } from '../lib/format'
import { useSession } from '../live/hooks'
import { FIELDS } from '../model/fields'
import { useOnce } from '../ui/useOnce'
import { useChangeView } from '../view/useView'
import type { Draft } from './draft'
import { submissionOf, type Submission } from './submission'

type NewRun = paths['/api/v1/runs']['post']['requestBody']['content']['application/json']

export function useLaunch(): UseMutationResult<Run[], Problem, Draft> {
  const session = useSession()
  const change = useChangeView()
  return useOnce<Run[], Problem, Draft>({
    mutationFn: (draft, key) => send(submissionOf(draft, FIELDS), key),
    onSuccess: (runs) => {
      session.addSubmitted(runs)
      const ids = runs.map(({ id }) => id)
      // A selection that someone chose grows by the new runs; the one that follows the newest does so by itself.
      change(({ launch: _, clone: __, whole: ___, on: ____, ...view }) => (view.runs ? { ...view, runs: [...view.runs, ...ids] } : view))
      notifications.show({
        color: 'teal',
        title: `Launched ${plural(runs.length, 'run')}`,
        message: runs.map(({ name }) => name).join(', '),
      })
    },
  })
}

async function send(submission: Submission, key: string): Promise<Run[]> {
  const headers = withKey(key)
  if (submission.kind === 'experiment') {
    const { data } = await answer(api.POST('/api/v1/experiments', { body: submission.body, headers }))
    return data.runs
  }
  // The form sends what was typed, right or wrong: judging it is the server's part.
  const { data } = await answer(api.POST('/api/v1/runs', { body: submission.body as unknown as NewRun, headers }))
  return ['holder' in data ? data.run : data]
}
