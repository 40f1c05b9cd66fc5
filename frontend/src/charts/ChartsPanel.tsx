// The charts of the chosen runs, and the key that all of them share.
import { useEffect } from 'react'

import { useSession, useSessionPart } from '../live/hooks'
import { RequestError } from '../ui/RequestError'
import { useShownRuns, useViewPart } from '../view/useView'
import classes from './charts.module.css'
import { CurvesPanel } from './CurvesPanel'
import { Key } from './Key'
import { keysOf, type ChartChoice } from './quantities'
import { Toolbar } from './Toolbar'
import { useChartKeys } from './useChartKeys'
import { useCharts, type Charts } from './useCharts'
import { useCurves } from './useCurves'

/** As many fill the page's height between them; more have a height of their own and scroll. */
const MOST_FILLING = 2

export function ChartsPanel() {
  const shown = useShownRuns()
  const charts = useCharts()
  useColumns(shown, charts.charts)
  useChartKeys(charts.charts)
  return (
    <section className={classes.charts} aria-label="Charts">
      <ColumnsProblem />
      <Toolbar charts={charts.charts} shown={shown} onAdd={charts.add} />
      <Curves shown={shown} charts={charts} />
    </section>
  )
}

/** Apart from the toolbar: this follows every point. */
function Curves({ shown, charts }: { shown: readonly number[]; charts: Charts }) {
  const curves = useCurves(shown)
  const [mean] = useViewPart('mean')
  const fill = charts.charts.length <= MOST_FILLING
  return (
    <>
      <Key curves={curves} mean={mean} />
      <div className={classes.grid} data-fill={fill}>
        {charts.charts.map((chart) => (
          <CurvesPanel key={chart.quantity} chart={chart} curves={curves} actions={charts} fill={fill} />
        ))}
      </div>
    </>
  )
}

function ColumnsProblem() {
  const session = useSession()
  const columnsProblem = useSessionPart('columnsProblem')
  return columnsProblem && <RequestError wanted="load the curves" problem={columnsProblem} onRetry={session.retryColumns} />
}

function useColumns(shown: readonly number[], charts: readonly ChartChoice[]): void {
  const session = useSession()
  const keys = charts.flatMap(({ quantity }) => keysOf(quantity)).join(',')
  useEffect(() => {
    session.want(shown, keys.split(',').filter(Boolean))
  }, [session, shown, keys])
}
