import { useMemo } from 'react'

import { useLabPart } from '../live/hooks'
import { looks, type Look } from '../theme/palette'

/** How each known run looks, in the table and in the charts alike. */
export function useLooks(): ReadonlyMap<number, Look> {
  const runs = useLabPart('settled')
  return useMemo(() => looks([...runs.values()].map(({ id, spec, kind }) => ({ id, model: spec?.model ?? kind }))), [runs])
}
