// The run's own charts, with the same controls as on the page of all runs.
import { useMemo } from 'react'

import type { Run } from '../api/types'
import classes from '../charts/charts.module.css'
import { ColumnsProblem } from '../charts/ColumnsProblem'
import { CurvesPanel } from '../charts/CurvesPanel'
import { Toolbar } from '../charts/Toolbar'
import { useChartKeys } from '../charts/useChartKeys'
import { useCharts } from '../charts/useCharts'
import { useColumns } from '../charts/useColumns'
import { useCurves } from '../charts/useCurves'
import { useDefaultCharts } from '../charts/useDefaultCharts'
import { readCharts } from '../view/chartChoice'
import { useView } from '../view/useView'

/** A single run has room for more charts than the default two. */
const CHARTS_OF_A_RUN = ['accuracy', 'loss', 'lr', 'gap']

export function CurvesTab({ run }: { run: Run }) {
  const shown = useMemo(() => [run.id], [run.id])
  const curves = useCurves(shown)
  const { charts: chosen } = useView()
  const byDefault = useDefaultCharts(shown, CHARTS_OF_A_RUN)
  const actions = useCharts(byDefault)
  const charts = readCharts(chosen ?? byDefault)
  useChartKeys(charts)
  useColumns(shown, charts)
  return (
    <div className={classes.charts}>
      <ColumnsProblem />
      <Toolbar charts={charts} shown={shown} onAdd={actions.add} />
      <div className={classes.grid}>
        {charts.map((chart) => (
          <CurvesPanel key={chart.quantity} chart={chart} shown={shown} curves={curves} actions={actions} fill={false} />
        ))}
      </div>
    </div>
  )
}
