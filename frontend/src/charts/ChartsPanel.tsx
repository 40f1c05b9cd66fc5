// The two charts and the key that both share.
import { Button, useComputedColorScheme, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useMemo } from 'react'

import { useNetworkName } from '../api/catalog'
import type { Run } from '../api/types'
import { NO_COLUMNS } from '../live/columns'
import { useLab, useSession, useSessionState } from '../live/hooks'
import { useFocus } from '../runs/focus'
import { useLooks } from '../runs/useLooks'
import { PLAIN_LOOK } from '../theme/palette'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { useLogLoss, useShownRuns } from '../view/useView'
import { Chart } from './Chart'
import classes from './charts.module.css'
import { curvesFigure, type Curve, type Quantity } from './curves'
import { Key, LineKey } from './Key'
import { labels } from './labels'
import { loadPlotly, usePlotly } from './plotly'

const CHARTS: readonly { quantity: Quantity; title: string }[] = [
  { quantity: 'loss', title: 'Loss' },
  { quantity: 'accuracy', title: 'Accuracy' },
]

export function ChartsPanel() {
  const curves = useCurves()
  const session = useSession()
  const { columnsProblem } = useSessionState()
  return (
    <div className={classes.charts}>
      {columnsProblem && (
        <RequestError wanted="load the curves" problem={columnsProblem} onRetry={session.retryColumns} />
      )}
      <Key curves={curves} />
      {CHARTS.map(({ quantity, title }) => (
        <Panel
          key={quantity}
          title={title}
          aside={<LineKey />}
          actions={quantity === 'loss' && <LogToggle />}
          className={classes.panel}
        >
          <CurvesChart quantity={quantity} curves={curves} />
        </Panel>
      ))}
    </div>
  )
}

function CurvesChart({ quantity, curves }: { quantity: Quantity; curves: readonly Curve[] }) {
  const { plotly, problem } = usePlotly()
  const scheme = useComputedColorScheme('light')
  const touch = useMediaQuery('(pointer: coarse)')
  const narrow = useMediaQuery('(max-width: 640px)')
  const [focus] = useFocus()
  const [log] = useLogLoss()
  const figure = useMemo(
    () => curvesFigure({ quantity, curves, scheme, log, focus, touch, narrow }),
    [quantity, curves, scheme, log, focus, touch, narrow],
  )
  const note = useNote(curves, figure.data.length)
  if (problem) return <RequestError wanted="load the chart library" problem={problem} onRetry={loadPlotly} />
  return (
    <div className={classes.frame} data-chart={quantity}>
      {plotly && <Chart plotly={plotly} figure={figure} />}
      {note && (
        <Text className={classes.note} size="sm" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  )
}

function LogToggle() {
  const [log, toggle] = useLogLoss()
  return (
    <Button
      size="compact-xs"
      variant={log ? 'light' : 'subtle'}
      color={log ? 'indigo' : 'gray'}
      aria-pressed={log}
      title="Logarithmic axis"
      onClick={toggle}
    >
      log
    </Button>
  )
}

/** Why a chart is empty, and what fills it. */
function useNote(curves: readonly Curve[], traces: number): string {
  const { runs } = useLab()
  const { loaded } = useSessionState()
  if (!loaded || traces > 0) return ''
  if (runs.size === 0) return 'Curves appear here as soon as a run has finished its first epoch.'
  if (curves.length === 0) return 'No run is chosen. The eye beside a run brings its curves here.'
  return 'Waiting for the first epoch to finish.'
}

function useCurves(): Curve[] {
  const { runs, columns } = useLab()
  const shown = useShownRuns()
  const looks = useLooks()
  const networkName = useNetworkName()
  return useMemo(() => {
    const chosen = shown
      .map((id) => runs.get(id))
      .filter((run): run is Run => run !== undefined)
      .sort((a, b) => a.id - b.id)
    const names = labels(chosen, networkName)
    return chosen.map(({ id, name }) => ({
      run: id,
      label: names.get(id) ?? name,
      look: looks.get(id) ?? PLAIN_LOOK,
      columns: columns.get(id) ?? NO_COLUMNS,
    }))
  }, [runs, columns, shown, looks, networkName])
}
