// The selected runs as curves, with labels, styles and x values.
import { useMemo } from 'react'

import { useNetworkName } from '../api/catalog'
import { NO_COLUMNS } from '../live/columns'
import { useLabPart } from '../live/hooks'
import type { Settled } from '../live/store'
import { groupLabels, groupOf, labels } from '../model/labels'
import { useRunStyles } from '../model/useRunStyles'
import { PLAIN_STYLE } from '../theme/palette'
import type { Clock } from './axes'
import type { Curve } from './curve'

export function useCurves(shown: readonly number[]): Curve[] {
  const runs = useLabPart('settled')
  const columns = useLabPart('columns')
  const runStyles = useRunStyles()
  const networkName = useNetworkName()
  const named = useMemo(() => {
    const chosen = shown
      .map((id) => runs.get(id))
      .filter((run) => run !== undefined)
      .sort((a, b) => a.id - b.id)
    const [names, groups] = [labels(chosen, networkName), groupLabels(chosen, networkName)]
    return chosen.map((run) => {
      const group = groupOf(run)
      return {
        run: run.id,
        label: names.get(run.id) ?? run.name,
        runStyle: runStyles.get(run.id) ?? PLAIN_STYLE,
        clock: clockOf(run),
        group,
        groupLabel: groups.get(group) ?? run.name,
        seed: run.spec?.seed ?? 0,
        finished: run.status === 'finished',
      }
    })
  }, [runs, shown, runStyles, networkName])
  return useMemo(() => named.map((curve) => ({ ...curve, columns: columns.get(curve.run) ?? NO_COLUMNS })), [named, columns])
}

function clockOf({ started_at: start, spec, network }: Settled): Clock {
  return { start: start === null ? null : Date.parse(start), imagesPerStep: spec?.batch_size ?? null, flopsPerImage: network?.flops ?? null }
}
