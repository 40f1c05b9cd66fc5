import { useMemo } from 'react'

import { useModels } from '../api/catalog'
import { useLabPart } from '../live/hooks'
import { looks, type Look } from '../theme/palette'

/** How each run that is known looks, in the table and in the charts alike. */
export function useLooks(): ReadonlyMap<number, Look> {
  const runs = useLabPart('settled')
  const { data: models } = useModels()
  return useMemo(
    () =>
      looks(
        [...runs.values()].map(({ id, spec }) => ({ id, model: spec.model })),
        models?.map(({ key }) => key) ?? [],
      ),
    [runs, models],
  )
}
