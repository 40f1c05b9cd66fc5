// The charts where the address names none: those of lab runs, and what clients have logged.
import { useMemo } from 'react'

import { useLabValue } from '../live/hooks'
import { chartsOf } from './offers'
import { useLoggedKeys } from './useLoggedKeys'

/** Further keys are a click away. */
const MOST_CHARTS = 8

/** `ofLabRuns`: the charts that every lab run has. */
export function useDefaultCharts(shown: readonly number[], ofLabRuns: readonly string[]): readonly string[] {
  const logged = useLabValue(({ settled }) => shown.filter((run) => settled.has(run) && settled.get(run)?.kind !== 'lab').join(','))
  const { keys } = useLoggedKeys(logged)
  const isMixed = logged !== shown.join(',')
  return useMemo(() => {
    if (keys.length === 0) return ofLabRuns
    const charts = new Set([...(isMixed ? ofLabRuns : []), ...chartsOf(keys)])
    return [...charts].slice(0, MOST_CHARTS)
  }, [keys, isMixed, ofLabRuns])
}
