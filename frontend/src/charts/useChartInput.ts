// The input of a chart's figure: its curves, and the options of the view.
import { useMediaQuery } from '@mantine/hooks'
import { useMemo } from 'react'

import { useHighlight } from '../model/highlight'
import { useQuantities } from '../model/useQuantities'
import { useScheme } from '../theme/scheme'
import { useView } from '../view/useView'
import type { Curve } from './curve'
import type { CurvesInput } from './curves'
import { useDefaultAxis } from './useDefaultAxis'

/** Everything that a chart's figure depends on but the zoom. */
export interface WholeInput extends Omit<CurvesInput, 'closer'> {
  /** Changes when quantities of plugins come to be known: titles and axes are theirs. */
  known?: unknown
}

export function useChartInput(quantity: string, curves: readonly Curve[]): WholeInput {
  const scheme = useScheme()
  const touch = useMediaQuery('(pointer: coarse)')
  const narrow = useMediaQuery('(max-width: 640px)')
  const [focus] = useHighlight()
  const byDefault = useDefaultAxis(curves.map(({ run }) => run))
  const { x = byDefault, smooth = 0, part, mean, log: logs } = useView()
  const known = useQuantities()
  const log = logs?.includes(quantity) ?? false
  return useMemo(
    () => ({ quantity, curves, x, smooth, part, mean, scheme, log, focus, touch, narrow, clip: true, known }),
    [quantity, curves, x, smooth, part, mean, scheme, log, focus, touch, narrow, known],
  )
}
