// The run's own charts, with the same controls as on the page of all runs.
import { useEffect, useMemo } from 'react'

import type { Run } from '../api/types'
import classes from '../charts/charts.module.css'
import { CurvesPanel } from '../charts/CurvesPanel'
import { keysOf, readCharts } from '../charts/quantities'
import { Toolbar } from '../charts/Toolbar'
import { useChartKeys } from '../charts/useChartKeys'
import { useCharts } from '../charts/useCharts'
import { useCurves } from '../charts/useCurves'
import { useSession } from '../live/hooks'
import { useView } from '../view/useView'

/** With a single run there is room for more than the two that compare runs. */
const CHARTS_OF_A_RUN = ['accuracy', 'loss', 'lr', 'gap']

export function CurvesTab({ run }: { run: Run }) {
  const session = useSession()
  const shown = useMemo(() => [run.id], [run.id])
  const curves = useCurves(shown)
  const { charts: chosen } = useView()
  const actions = useCharts(CHARTS_OF_A_RUN)
  const charts = readCharts(chosen ?? CHARTS_OF_A_RUN)
  useChartKeys(charts)
  const keys = charts.flatMap(({ quantity }) => keysOf(quantity)).join(',')
  useEffect(() => {
    session.want(shown, keys.split(',').filter(Boolean))
  }, [session, shown, keys])
  return (
    <div className={classes.charts}>
      <Toolbar charts={charts} shown={shown} onAdd={actions.add} />
      <div className={classes.grid}>
        {charts.map((chart) => (
          <CurvesPanel key={chart.quantity} chart={chart} curves={curves} actions={actions} fill={false} />
        ))}
      </div>
    </div>
  )
}
