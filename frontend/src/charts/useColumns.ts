// Requests the columns of the charts, and tells whether they have arrived.
import { useEffect } from 'react'

import { useLabValue, useSession, useSessionPart } from '../live/hooks'
import { keysOf } from '../model/quantities'
import type { ChartChoice } from '../view/chartChoice'

export function useColumns(shown: readonly number[], charts: readonly ChartChoice[]): void {
  const session = useSession()
  const keys = charts.flatMap(({ quantity }) => keysOf(quantity)).join(',')
  useEffect(() => {
    session.want(shown, keys.split(',').filter(Boolean))
  }, [session, shown, keys])
}

/** Whether columns of this chart are still loading. */
export function useAwaited(quantity: string, shown: readonly number[]): boolean {
  const { store } = useSession()
  const loaded = useSessionPart('loaded')
  const missing = useLabValue(() => shown.some((run) => keysOf(quantity).some((key) => !store.hasAnswer(run, key))))
  return !loaded || missing
}

/** Whether loading failed; the error is shown beside the charts or in the table. */
export function useFailed(): boolean {
  const columns = useSessionPart('columnsProblem')
  const snapshot = useSessionPart('problem')
  return columns !== null || snapshot !== null
}
