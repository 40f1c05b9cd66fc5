// The files of a run. Those of a client may come at any time while it runs.
import { useQuery, type UseQueryResult } from '@tanstack/react-query'

import { answer, api } from './client'
import { ROOT } from './root'
import type { Artifact, Run } from './types'

const EVERY_MS = 5_000

export function useFiles(run: Run): UseQueryResult<Artifact[]> {
  return useQuery({
    queryKey: ['saved files', run.id, run.status],
    queryFn: async () => (await answer(api.GET('/api/v1/runs/{run_id}/artifacts', { params: { path: { run_id: run.id } } }))).data.items,
    refetchInterval: run.status === 'running' ? EVERY_MS : false,
  })
}

/** Where a file is downloaded from. Its name may have any character. */
export const addressOf = ({ id }: Pick<Run, 'id'>, path: string): string =>
  new URL(`api/v1/runs/${id}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`, ROOT).href
