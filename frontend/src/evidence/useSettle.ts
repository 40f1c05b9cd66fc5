// Launches missing runs: into the evaluated experiment, or beside the selected runs.
import { notifications } from '@mantine/notifications'
import { type UseMutationResult } from '@tanstack/react-query'
import { useState } from 'react'

import { answer, api } from '../api/client'
import { withKey } from '../api/idempotency'
import { asProblem } from '../api/problem'
import type { Run } from '../api/types'
import { useOnce } from '../ui/useOnce'
import { useSession } from '../live/hooks'
import { useChangeView } from '../view/useView'
import type { Asked } from './asked'
import { launchesOf, type Launch, type Wanted } from './missing'
import { runCount } from './words'

export function useSettle(asked: Asked): UseMutationResult<Run[], unknown, readonly Wanted[]> {
  const session = useSession()
  const change = useChangeView()
  // If one of several launches fails, a retry continues after those that succeeded.
  const [made] = useState(() => new Map<string, Run[]>())
  return useOnce({
    mutationFn: async (wanted, key) => {
      const runs: Run[] = []
      for (const [place, launch] of launchesOf(wanted).entries()) {
        const id = JSON.stringify(launch)
        const these = made.get(id) ?? (await send(asked, launch, wanted, `${key}-${place}`))
        made.set(id, these)
        runs.push(...these)
      }
      return runs
    },
    onSuccess: (runs, wanted) => {
      made.clear()
      session.addSubmitted(runs)
      if ('runs' in asked) change((view) => ({ ...view, runs: [...new Set([...asked.runs, ...runs.map(({ id }) => id)])] }))
      const models = wanted.map(({ model }) => model).join(', ')
      notifications.show({ color: 'teal', title: `Launched ${runCount(wanted.reduce((sum, { seeds }) => sum + seeds.length, 0))}`, message: models })
    },
    onError: (error) => {
      notifications.show({ color: 'red', title: 'Couldn’t launch', message: asProblem(error).message })
    },
  })
}

async function send(asked: Asked, launch: Launch, wanted: readonly Wanted[], key: string): Promise<Run[]> {
  const headers = withKey(key)
  if ('experiment' in asked) {
    const params = { path: { experiment_id: asked.experiment } }
    return (await answer(api.POST('/api/v1/experiments/{experiment_id}/runs', { params, body: launch, headers }))).data.runs
  }
  const claims = [...new Set(wanted.flatMap((each) => each.claims))].join(', ')
  return (await answer(api.POST('/api/v1/experiments', { body: { name: `To settle ${claims}`, ...launch }, headers }))).data.runs
}
