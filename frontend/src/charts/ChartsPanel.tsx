// The charts of the selected runs, with a shared legend.
import { CHARTS } from '../ui/landmarks'
import { Boundary } from '../ui/Panel'
import { DEFAULT_CHARTS } from '../view/chartChoice'
import { useViewPart } from '../view/useView'
import classes from './charts.module.css'
import { ColumnsProblem } from './ColumnsProblem'
import { CurvesPanel } from './CurvesPanel'
import { Key } from './Key'
import { Toolbar } from './Toolbar'
import { useChartKeys } from './useChartKeys'
import { useCharts, type Charts } from './useCharts'
import { useColumns } from './useColumns'
import { useCurves } from './useCurves'
import { useDefaultCharts } from './useDefaultCharts'

interface ChartsPanelProps {
  /** The runs whose curves are drawn. */
  shown: readonly number[]
  /** The page is as high as its panels are, and scrolls. */
  scrolls?: boolean
}

/** As many fill the height of a page that has one; more have a height of their own. */
const MOST_FILLING = 2

export function ChartsPanel({ shown, scrolls = false }: ChartsPanelProps) {
  const charts = useCharts(useDefaultCharts(shown, DEFAULT_CHARTS))
  useColumns(shown, charts.charts)
  useChartKeys(charts.charts)
  return (
    <section id={CHARTS} className={classes.charts} aria-label="Charts">
      <ColumnsProblem />
      <Toolbar charts={charts.charts} shown={shown} onAdd={charts.add} />
      <Boundary what="Charts">
        <Curves shown={shown} charts={charts} fill={!scrolls && charts.charts.length <= MOST_FILLING} />
      </Boundary>
    </section>
  )
}

/** Apart from the toolbar: this follows every point. */
function Curves({ shown, charts, fill }: { shown: readonly number[]; charts: Charts; fill: boolean }) {
  const curves = useCurves(shown)
  const [mean] = useViewPart('mean')
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
