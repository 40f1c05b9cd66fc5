// The charts of the chosen runs, and the key that all of them share.
import { Boundary } from '../ui/Panel'
import { useShownRuns, useViewPart } from '../view/useView'
import classes from './charts.module.css'
import { ColumnsProblem } from './ColumnsProblem'
import { CurvesPanel } from './CurvesPanel'
import { Key } from './Key'
import { Toolbar } from './Toolbar'
import { useChartKeys } from './useChartKeys'
import { useCharts, type Charts } from './useCharts'
import { useColumns } from './useColumns'
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
      <Boundary what="Charts">
        <Curves shown={shown} charts={charts} />
      </Boundary>
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
          <CurvesPanel key={chart.quantity} chart={chart} shown={shown} curves={curves} actions={charts} fill={fill} />
        ))}
      </div>
    </>
  )
}
