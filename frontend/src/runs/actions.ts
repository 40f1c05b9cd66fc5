// Actions on runs. Results arrive by the event stream; only failures are reported here.
import { notifications } from '@mantine/notifications'
import { useMutation, type UseMutationResult } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { paths } from '../api/schema'
import { plural } from '../lib/format'
import { useOnce } from '../ui/useOnce'

export type BulkBody = paths['/api/v1/runs/bulk']['post']['requestBody']['content']['application/json']
export type RunChange = paths['/api/v1/runs/{run_id}']['patch']['requestBody']['content']['application/json']

function notifyFailure(what: string, error: unknown): void {
  notifications.show({ color: 'red', title: `Could not ${what}`, message: asProblem(error).message })
}

/** `onDone` hears of it also where what asked for it has left the page meanwhile, such as the row of a deleted run. */
export function useBulk(onDone?: (runs: readonly number[], action: BulkBody['action']) => void): UseMutationResult<unknown, unknown, BulkBody> {
  return useOnce({
    mutationFn: async (body: BulkBody) => {
      const { data } = await answer(api.POST('/api/v1/runs/bulk', { body }))
      if (data.refused.length > 0) {
        notifications.show({
          color: 'yellow',
          title: `${plural(data.done.length, 'run')} done, ${plural(data.refused.length, 'run')} skipped`,
          message: data.refused.slice(0, 3).map(({ detail }) => detail).join(' '),
        })
      }
      return data
    },
    onSuccess: ({ done }, { action }) => onDone?.(done, action),
    onError: (error, { action }) => {
      notifyFailure(`${action} the runs`, error)
    },
  })
}

export function useChangeRun(run: number): UseMutationResult<unknown, unknown, RunChange> {
  return useOnce({
    mutationFn: (body: RunChange) => answer(api.PATCH('/api/v1/runs/{run_id}', { params: { path: { run_id: run } }, body })),
    onError: (error) => {
      notifyFailure(`change run ${run}`, error)
    },
  })
}

export type Place = { to: 'front' | 'back' } | { before: number }

export function useMove(): UseMutationResult<unknown, unknown, { run: number; place: Place }> {
  return useMutation({
    mutationFn: ({ run, place }: { run: number; place: Place }) =>
      answer(api.POST('/api/v1/runs/{run_id}/move', { params: { path: { run_id: run } }, body: place })),
    onError: (error, { run }) => {
      notifyFailure(`move run ${run}`, error)
    },
  })
}

export type LifeAction = 'pause' | 'resume' | 'retry'

const PATHS = {
  pause: '/api/v1/runs/{run_id}/pause',
  resume: '/api/v1/runs/{run_id}/resume',
  retry: '/api/v1/runs/{run_id}/retry',
} as const

export function useLife(run: number): UseMutationResult<unknown, unknown, LifeAction> {
  return useOnce({
    mutationFn: (action: LifeAction) => answer(api.POST(PATHS[action], { params: { path: { run_id: run } } })),
    onError: (error, action) => {
      notifyFailure(`${action} run ${run}`, error)
    },
  })
}
