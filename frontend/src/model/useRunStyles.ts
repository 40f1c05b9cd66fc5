import { useMemo } from 'react'

import { useLabPart } from '../live/hooks'
import { runStyles, type RunStyle } from '../theme/palette'

/** How each known run is drawn, in the table and in the charts alike. */
export function useRunStyles(): ReadonlyMap<number, RunStyle> {
  const runs = useLabPart('settled')
  return useMemo(() => runStyles([...runs.values()].map(({ id, spec, kind }) => ({ id, model: spec?.model ?? kind }))), [runs])
}
