// One chart with its title and actions.
import { ActionIcon, Button, Modal, Text } from '@mantine/core'
import { useState } from 'react'

import { isPair, linesOf, scaleOf, titleOf } from '../model/quantities'
import { GrowIcon, MaximiseIcon, PinIcon, ShrinkIcon } from '../ui/icons'
import { Panel } from '../ui/Panel'
import { WhenSeen } from '../ui/WhenSeen'
import type { ChartChoice } from '../view/chartChoice'
import { toggled } from '../view/urlState'
import { useView, useViewPart } from '../view/useView'
import { ChartMenu } from './ChartMenu'
import classes from './charts.module.css'
import type { Curve } from './curve'
import { DrawnCurves, Maximised } from './DrawnCurves'
import { LineKey } from './Key'
import { useChartInput } from './useChartInput'
import type { Charts } from './useCharts'
import { useDragged } from './useDragged'
import { NO_ZOOM } from './zoom'

interface CurvesPanelProps {
  chart: ChartChoice
  /** The selected runs; those that are loaded have curves. */
  shown: readonly number[]
  curves: readonly Curve[]
  actions: Pick<Charts, 'change' | 'remove'>
  /** Alone or beside one other chart it fills the page; among more it has its own height. */
  fill: boolean
}

export function CurvesPanel({ chart, shown, curves, actions, fill }: CurvesPanelProps) {
  const { quantity, wide, pinned, height } = chart
  const [max, setMax] = useViewPart('max', true)
  const input = useChartInput(quantity, curves)
  const [zoom, setZoom] = useState(NO_ZOOM)
  const title = titleOf(quantity)
  const { part } = useView()
  const panel = useDragged<HTMLElement>(height, (dragged) => {
    actions.change(quantity, { height: dragged })
  })
  const drawn = linesOf(quantity, part).filter(({ key }) => curves.some(({ columns }) => columns.has(key)))
  const hasParts = drawn.length === 0 || drawn.some(({ part: own }) => own !== null)
  const lines = isPair(quantity) && hasParts && (part === undefined ? <LineKey /> : <Text span size="xs" c="dimmed">{part} only</Text>)
  return (
    <Panel
      ref={panel}
      style={fill || height === undefined ? undefined : { height }}
      title={title}
      aside={
        <>
          {pinned && <PinIcon size={14} />}
          {lines}
        </>
      }
      actions={
        <>
          {scaleOf(quantity) === 'positive' && <LogToggle quantity={quantity} />}
          <ActionIcon
            variant="subtle"
            color="gray"
            className={classes.onlyWide}
            aria-pressed={wide}
            aria-label={`${title} at full width`}
            title={wide ? 'Narrower' : 'Wider'}
            onClick={() => {
              actions.change(quantity, { wide: !wide })
            }}
          >
            {wide ? <ShrinkIcon size={16} /> : <GrowIcon size={16} />}
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Maximise ${title}`}
            title="Full screen"
            onClick={() => {
              setMax(quantity)
            }}
          >
            <MaximiseIcon size={16} />
          </ActionIcon>
          <ChartMenu chart={chart} input={input} zoom={zoom} actions={actions} />
        </>
      }
      className={`${classes.panel ?? ''} ${wide ? (classes.wide ?? '') : ''} ${fill ? (classes.fill ?? '') : ''}`}
    >
      <WhenSeen className={classes.seen}>
        <DrawnCurves input={input} shown={shown} zoom={zoom} onZoom={setZoom} />
      </WhenSeen>
      {max === quantity && (
        <Modal
          opened
          onClose={() => {
            setMax(undefined)
          }}
          title={<span className={classes.maximisedTitle}>{title} {lines}</span>}
          size="100%"
          classNames={{ body: classes.maximised ?? '' }}
          closeButtonProps={{ 'aria-label': 'Back to all charts' }}
        >
          <Maximised input={input} shown={shown} />
        </Modal>
      )}
    </Panel>
  )
}

function LogToggle({ quantity }: { quantity: string }) {
  const [logs = [], setLogs] = useViewPart('log')
  const log = logs.includes(quantity)
  return (
    <Button
      size="compact-xs"
      variant={log ? 'light' : 'subtle'}
      color={log ? 'indigo' : 'gray'}
      aria-pressed={log}
      title="Logarithmic axis"
      onClick={() => {
        const next = toggled(logs, quantity)
        setLogs(next.length > 0 ? next : undefined)
      }}
    >
      log
    </Button>
  )
}
