// One chart with its title and what can be done with it.
import { ActionIcon, Button, Menu, Modal, Skeleton, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useMemo, useState } from 'react'

import { useLabPart, useSessionPart } from '../live/hooks'
import { isFiltered } from '../runs/arrange'
import { useFocus } from '../runs/focus'
import { useFilter } from '../runs/useFilter'
import { DotsIcon, GrowIcon, MaximiseIcon, PinIcon, ShrinkIcon } from '../ui/icons'
import { Panel } from '../ui/Panel'
import { useScheme } from '../theme/scheme'
import { RequestError } from '../ui/RequestError'
import { WhenSeen } from '../ui/WhenSeen'
import { toggled } from '../view/search'
import { useView, useViewPart } from '../view/useView'
import { Chart } from './Chart'
import classes from './charts.module.css'
import { curvesFigure, type Curve, type CurvesInput, type Figure } from './curves'
import { downloadImage, downloadText, pointsCsv } from './download'
import { HoverCard } from './HoverCard'
import type { Hovered } from './hover'
import { entriesOf, Key, LineKey } from './Key'
import { loadPlotly, usePlotly } from './plotly'
import { columnOf, isPair, linesOf, scaleOf, titleOf, type ChartChoice } from './quantities'
import type { Charts } from './useCharts'
import { useAwaited, useFailed } from './useColumns'
import { onPage } from './onPage'
import { useDragged } from './useDragged'
import { NO_ZOOM, zoomed, type Zoom } from './zoom'

interface CurvesPanelProps {
  chart: ChartChoice
  /** The chosen runs; those of them that are held have curves. */
  shown: readonly number[]
  curves: readonly Curve[]
  actions: Pick<Charts, 'change' | 'remove'>
  /** Alone or beside one other chart it fills the page; among more it has its own height. */
  fill: boolean
}

export function CurvesPanel({ chart, shown, curves, actions, fill }: CurvesPanelProps) {
  const { quantity, wide, pinned, height } = chart
  const [max, setMax] = useViewPart('max', true)
  const input = useInput(quantity, curves)
  const [zoom, setZoom] = useState(NO_ZOOM)
  const title = titleOf(quantity)
  const { part } = useView()
  const panel = useDragged<HTMLElement>(height, (dragged) => {
    actions.change(quantity, { height: dragged })
  })
  const lines = isPair(quantity) && (part === undefined ? <LineKey /> : <Text span size="xs" c="dimmed">{part} only</Text>)
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
            aria-label={`${title} over the whole width`}
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
            title="Fill the window"
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
        <Drawn input={input} shown={shown} zoom={zoom} onZoom={setZoom} />
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

/** All that a chart's figure depends on but how closely somebody looks. */
type WholeInput = Omit<CurvesInput, 'closer'>

function useInput(quantity: string, curves: readonly Curve[]): WholeInput {
  const scheme = useScheme()
  const touch = useMediaQuery('(pointer: coarse)')
  const narrow = useMediaQuery('(max-width: 640px)')
  const [focus] = useFocus()
  const { x = 'epoch', smooth = 0, part, mean, log: logs } = useView()
  const log = logs?.includes(quantity) ?? false
  return useMemo(
    () => ({ quantity, curves, x, smooth, part, mean, scheme, log, focus, touch, narrow }),
    [quantity, curves, x, smooth, part, mean, scheme, log, focus, touch, narrow],
  )
}

/** Its scripts take a quarter of a second to begin: rows come first. */
function usePlotlyOnceLoaded() {
  return usePlotly('cartesian', useSessionPart('loaded'))
}

interface MaximisedProps {
  input: WholeInput
  shown: readonly number[]
}

/** Looked at as closely as one likes, whatever the small chart shows; the page's key lies behind it. */
function Maximised(props: MaximisedProps) {
  const [zoom, setZoom] = useState(NO_ZOOM)
  return (
    <>
      <Key curves={props.input.curves} mean={props.input.mean} />
      <Drawn {...props} zoom={zoom} onZoom={setZoom} />
    </>
  )
}

interface DrawnProps extends MaximisedProps {
  zoom: Zoom
  onZoom: (zoom: Zoom) => void
}

function Drawn({ input, shown, zoom, onZoom }: DrawnProps) {
  const { quantity, curves } = input
  const { plotly, problem } = usePlotlyOnceLoaded()
  const { figure, caption } = useMemo(() => onPage(curvesFigure({ ...input, closer: zoom.x })), [input, zoom.x])
  const [hovered, setHovered] = useState<Hovered | null>(null)
  const awaited = useAwaited(quantity, shown)
  const failed = useFailed()
  const empty = figure.data.length === 0
  // An empty chart is drawn only where there is nothing: one that is about to be filled would be drawn twice.
  const pending = empty && awaited
  const note = useNote(quantity, curves, figure.data.length)
  if (problem) return <RequestError wanted="load the chart library" problem={problem} onRetry={() => { loadPlotly() }} />
  return (
    <div className={classes.frame} data-chart={quantity}>
      {(pending ? !failed : !empty && !plotly) && <Skeleton height="100%" />}
      {plotly && !pending && (
        <>
          <Chart plotly={plotly} figure={figure} onZoom={onZoom} onHover={setHovered} />
          {hovered && <HoverCard hovered={hovered} entries={entriesOf(curves, input.mean)} quantity={quantity} over={caption.split(' · ')[0] ?? ''} />}
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

interface ChartMenuProps {
  chart: ChartChoice
  input: WholeInput
  zoom: Zoom
  actions: Pick<Charts, 'change' | 'remove'>
}

/** What is downloaded has every point, also of a chart that is too crowded to draw them all. */
function ChartMenu({ chart: { quantity, pinned }, input, zoom, actions }: ChartMenuProps) {
  const { plotly } = usePlotlyOnceLoaded()
  const runs = useLabPart('settled')
  const name = `skiplab-${quantity.replaceAll('/', '-')}`
  const whole = (): Figure => {
    const { data, layout } = curvesFigure({ ...input, closer: 'everything' })
    return { data, layout: zoomed(layout, zoom) }
  }
  const image = (format: 'png' | 'svg') => () => {
    if (plotly) void downloadImage(plotly, whole(), format, name)
  }
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More for ${titleOf(quantity)}`} title="Download, pin, remove">
          <DotsIcon size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Download</Menu.Label>
        <Menu.Item onClick={image('png')}>Picture (PNG)</Menu.Item>
        <Menu.Item onClick={image('svg')}>Picture (SVG)</Menu.Item>
        <Menu.Item
          onClick={() => {
            downloadText(pointsCsv(quantity, input.curves, runs), `${name}.csv`, 'text/csv')
          }}
        >
          All points (CSV)
        </Menu.Item>
        <Menu.Item
          onClick={() => {
            downloadText(JSON.stringify(whole()), `${name}.json`, 'application/json')
          }}
        >
          Plotly figure (JSON)
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          onClick={() => {
            actions.change(quantity, { pinned: !pinned })
          }}
        >
          {pinned ? 'Unpin' : 'Pin to the top'}
        </Menu.Item>
        <Menu.Item
          onClick={() => {
            actions.remove(quantity)
          }}
        >
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Why a chart is empty, and what fills it. */
function useNote(quantity: string, curves: readonly Curve[], traces: number): string {
  const runs = useLabPart('settled')
  const { part } = useView()
  const filtered = isFiltered(useFilter())
  if (traces > 0) return ''
  if (runs.size === 0) return 'Curves appear here as soon as a run has finished its first epoch.'
  if (curves.length === 0) return filtered ? 'The filters leave none of the chosen runs.' : 'No run is chosen. The eye beside a run brings its curves here.'
  const measured = linesOf(quantity, part).some(({ key }) => curves.some(({ columns }) => (columnOf(columns, key)?.value.length ?? 0) > 0))
  if (measured) return 'No value here is a finite number: training diverged.'
  if (isPair(quantity)) return 'Waiting for the first epoch to finish.'
  return 'None of the chosen runs has this measured.'
}
