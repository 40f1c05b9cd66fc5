import { useMemo } from 'react'

import { useLabPart } from '../live/hooks'
import { runStyles, type RunStyle } from '../theme/palette'

/** The style of each known run, the same in the table and in the charts. */
export function useRunStyles(): ReadonlyMap<number, RunStyle> {
  const runs = useLabPart('settled')
  return useMemo(() => runStyles([...runs.values()].map(({ id, spec }) => ({ id, model: spec?.model ?? null }))), [runs])
}
