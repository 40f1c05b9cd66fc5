// A drawn chart of curves, in its panel or maximised: with caption, hover card, or why it is empty.
import { Skeleton, Text } from '@mantine/core'
import { useMemo, useState } from 'react'

import { useLabPart } from '../live/hooks'
import { isFiltered } from '../model/arrange'
import { isPair, linesOf } from '../model/quantities'
import { ACTIVE } from '../model/status'
import { useFilter } from '../model/useFilter'
import { RequestError } from '../ui/RequestError'
import { useView } from '../view/useView'
import { X_NAMES } from './axes'
import { Chart } from './Chart'
import classes from './charts.module.css'
import { curvesFigure } from './curves'
import type { Hovered } from './hover'
import { HoverCard } from './HoverCard'
import { entriesOf, Key } from './Key'
import { clipText } from './layout'
import { pageFigure } from './pageFigure'
import { loadPlotly, usePlotlyOnceLoaded } from './plotly'
import type { WholeInput } from './useChartInput'
import { useAwaited, useFailed } from './useColumns'
import { NO_ZOOM, type Zoom } from './zoom'

interface MaximisedProps {
  input: WholeInput
  shown: readonly number[]
}

/** With its own zoom and legend: the page's legend is behind it. */
export function Maximised(props: MaximisedProps) {
  const [zoom, setZoom] = useState(NO_ZOOM)
  return (
    <>
      <Key curves={props.input.curves} mean={props.input.mean} />
      <DrawnCurves {...props} zoom={zoom} onZoom={setZoom} />
    </>
  )
}

interface DrawnCurvesProps extends MaximisedProps {
  zoom: Zoom
  onZoom: (zoom: Zoom) => void
}

export function DrawnCurves({ input, shown, zoom, onZoom }: DrawnCurvesProps) {
  const { quantity, curves } = input
  const { plotly, problem } = usePlotlyOnceLoaded()
  const [everything, showEverything] = useState(false)
  const { figure, caption, over, clip } = useMemo(() => {
    const whole = curvesFigure({ ...input, closer: zoom.x, clip: input.clip && !everything })
    return { ...pageFigure(whole), over: whole.over, clip: whole.clip }
  }, [input, zoom.x, everything])
  const [hovered, setHovered] = useState<Hovered | null>(null)
  const awaited = useAwaited(quantity, shown)
  const failed = useFailed()
  const empty = figure.data.length === 0
  // An empty chart is drawn only once it is known to stay empty: otherwise it would be drawn twice.
  const pending = empty && awaited
  const note = useNote(input, figure.data.length)
  if (problem) return <RequestError wanted="load the chart library" problem={problem} onRetry={() => { loadPlotly() }} />
  return (
    <div className={classes.frame} data-chart={quantity}>
      {(pending ? !failed : !empty && !plotly) && <Skeleton height="100%" />}
      {plotly && !pending && (
        <>
          <Chart plotly={plotly} figure={figure} onZoom={onZoom} onHover={setHovered} />
          {hovered && <HoverCard hovered={hovered} entries={entriesOf(curves, input.mean)} quantity={quantity} over={over} />}
          {(everything || (clip && zoom.y !== null)) && (
            <div className={classes.clip}>
              {!everything && clip && clipText(clip)}
              <button type="button" onClick={() => { showEverything(!everything) }}>{everything ? 'Clip outliers' : 'Show all'}</button>
            </div>
          )}
          <div className={classes.caption} data-axis="x">{caption}</div>
        </>
      )}
      {note && !pending && (
        <Text className={classes.note} size="sm" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  )
}

/** Why a chart is empty, and what fills it. */
function useNote({ quantity, curves, x }: WholeInput, traces: number): string {
  const runs = useLabPart('settled')
  const { part } = useView()
  const filtered = isFiltered(useFilter())
  if (traces > 0) return ''
  if (runs.size === 0) return 'Curves appear here once a run has finished its first epoch.'
  if (curves.length === 0) return filtered ? 'No selected runs match the current filters.' : 'No runs selected. Click the eye icon next to a run to plot it.'
  const values = linesOf(quantity, part).flatMap(({ key }) => curves.flatMap(({ columns }) => columns.get(key)?.value ?? []))
  if (values.some((value) => value !== null)) return `These points are not known by ${X_NAMES[x].toLowerCase()}. Choose another X axis.`
  if (values.length > 0) return 'No finite values: training diverged.'
  const isActive = curves.some(({ run }) => ACTIVE.has(runs.get(run)?.status ?? 'queued'))
  if (isPair(quantity)) return isActive ? 'Waiting for the first epoch to finish.' : 'No epoch was finished.'
  return curves.length === 1 ? 'The run has not logged this metric.' : 'None of the selected runs has logged this metric.'
}
