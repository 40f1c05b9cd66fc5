// What charts need of the lab: that it is asked for, and whether it has come.
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

/** Something of this chart's own is still on its way: what the lab has not answered for may be there. */
export function useAwaited(quantity: string, shown: readonly number[]): boolean {
  const { store } = useSession()
  const loaded = useSessionPart('loaded')
  const missing = useLabValue(() => shown.some((run) => keysOf(quantity).some((key) => !store.hasAnswer(run, key))))
  return !loaded || missing
}

/** It will not come by itself: what says so stands beside the charts or in the table. */
export function useFailed(): boolean {
  const columns = useSessionPart('columnsProblem')
  const snapshot = useSessionPart('problem')
  return columns !== null || snapshot !== null
}
