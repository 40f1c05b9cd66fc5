// THE place where columns become a Plotly figure. Pure: no React, no DOM, no clock.
import type { Data, Layout, LayoutAxis, Template } from 'plotly.js-dist-min'

import type { Column, Columns } from '../live/columns'
import { colourOf, markerOf, type Look, type Scheme } from '../theme/palette'

export type Quantity = 'loss' | 'accuracy'

export interface Curve {
  run: number
  label: string
  look: Look
  columns: Columns
}

export interface CurvesInput {
  quantity: Quantity
  curves: readonly Curve[]
  scheme: Scheme
  /** A logarithmic axis: one early spike leaves the rest readable. */
  log: boolean
  /** The run to stand out, if any. */
  focus: number | null
  /** Dragging scrolls the page instead of zooming: for fingers. */
  touch: boolean
  narrow: boolean
}

export interface Figure {
  data: Data[]
  layout: Partial<Layout>
}

const PARTS = ['train', 'test'] as const

/** With more points than this a curve is a line; with fewer, each epoch shows, the first one too. */
const MARKED_POINTS = { wide: 24, narrow: 12 }

/** Up to here every epoch has its tick. */
const TICK_EACH_EPOCH = 12

export function curvesFigure({ quantity, curves, scheme, log, focus, touch, narrow }: CurvesInput): Figure {
  const marked = narrow ? MARKED_POINTS.narrow : MARKED_POINTS.wide
  const data = curves.flatMap((curve) =>
    PARTS.flatMap((part) => {
      const column = curve.columns.get(`${part}/${quantity}`)
      return column === undefined ? [] : [trace(curve, part, column, { quantity, scheme, focus, marked })]
    }),
  )
  const drawn = layout(quantity, curves, scheme, log, touch)
  return { data, layout: data.length > 0 ? drawn : blank(drawn, quantity) }
}

/**
 * Plotly tells traces apart by uid: without it, hiding one run would hand its curve to the next. It also makes CSS
 * selectors of it, so the metric's slash cannot be in it.
 */
const uidOf = (run: number, part: string, quantity: Quantity): string => `run-${run}-${part}-${quantity}`

interface Style extends Pick<CurvesInput, 'quantity' | 'scheme' | 'focus'> {
  marked: number
}

function trace(
  { run, label, look }: Curve,
  part: (typeof PARTS)[number],
  { epoch, value }: Column,
  { quantity, scheme, focus, marked }: Style,
): Data {
  const colour = colourOf(look, scheme)
  const few = epoch.length <= marked
  const test = part === 'test'
  return {
    type: 'scatter',
    uid: uidOf(run, part, quantity),
    name: `${label}, ${part}`,
    meta: { run, part },
    x: [...epoch],
    y: [...value],
    mode: few ? 'lines+markers' : 'lines',
    connectgaps: false,
    opacity: focus === null || focus === run ? 1 : 0.16,
    line: { color: colour, width: focus === run ? 3 : 2, dash: test ? 'dash' : 'solid' },
    marker: {
      color: test ? PAPER[scheme] : colour,
      symbol: markerOf(look),
      size: test ? 6 : 5,
      line: { color: colour, width: test ? 1.5 : 0 },
    },
    hovertemplate: quantity === 'accuracy' ? '%{y:.1%}' : '%{y:.4f}',
  }
}

function layout(
  quantity: Quantity,
  curves: readonly Curve[],
  scheme: Scheme,
  log: boolean,
  touch: boolean,
): Partial<Layout> {
  const epochs = curves.map(({ columns }) => columns.get(`train/${quantity}`)?.epoch.at(-1) ?? 0)
  const last = Math.max(1, ...epochs)
  return {
    // Constant, so that zoom and pan survive each new point.
    uirevision: 'kept',
    template: TEMPLATES[scheme],
    margin: { l: 54, r: 14, t: 10, b: 42 },
    showlegend: false,
    hovermode: 'x unified',
    dragmode: touch ? false : 'zoom',
    xaxis: {
      title: { text: 'Epoch', standoff: 8 },
      autorangeoptions: { include: [1, 2], clipmin: 0.5 },
      ...(last <= TICK_EACH_EPOCH ? { dtick: 1, tick0: 1 } : { nticks: 10 }),
      unifiedhovertitle: { text: 'Epoch %{x}' },
    },
    yaxis: valueAxis(quantity, log),
  }
}

function valueAxis(quantity: Quantity, log: boolean): Partial<LayoutAxis> {
  if (quantity === 'accuracy') return { tickformat: '.0%' }
  // A zoom into one kind of axis means nothing on the other.
  return log ? { type: 'log', dtick: 'D2', tickformat: '~g', uirevision: 'log' } : { type: 'linear', rangemode: 'tozero', uirevision: 'linear' }
}

/** Without points Plotly would invent a range of its own, epoch -1 and 400 % included. */
function blank(drawn: Partial<Layout>, quantity: Quantity): Partial<Layout> {
  return {
    ...drawn,
    uirevision: 'blank',
    xaxis: { ...drawn.xaxis, range: [1, 10], tick0: 1, dtick: 1 },
    yaxis: { ...drawn.yaxis, type: 'linear', range: quantity === 'accuracy' ? [0, 1] : [0, 2.5] },
  }
}

interface Ink {
  paper: string
  text: string
  faint: string
  grid: string
  panel: string
}

const PAPER: Record<Scheme, string> = { light: '#ffffff', dark: '#171b22' }

const TEMPLATES: Record<Scheme, Template> = {
  light: template({ paper: PAPER.light, text: '#3a4150', faint: '#5d6675', grid: '#e9ebf0', panel: '#ffffff' }),
  dark: template({ paper: PAPER.dark, text: '#c9d0db', faint: '#98a2b3', grid: '#262c36', panel: '#20262f' }),
}

/** Nested objects throughout: Plotly ignores dotted keys such as `font.color` here. */
function template({ paper, text, faint, grid, panel }: Ink): Template {
  const font = { family: "'Inter Variable', system-ui, sans-serif", size: 12, color: faint }
  const axis = {
    gridcolor: grid,
    linecolor: grid,
    zeroline: false,
    ticks: '' as const,
    title: { font: { ...font, size: 12 } },
    automargin: false,
    fixedrange: false,
    spikecolor: faint,
    spikethickness: 1,
    spikedash: 'solid' as const,
  }
  return {
    layout: {
      font,
      paper_bgcolor: paper,
      plot_bgcolor: paper,
      xaxis: axis,
      yaxis: axis,
      hoverlabel: { bgcolor: panel, bordercolor: grid, font: { ...font, color: text } },
      modebar: { bgcolor: 'rgba(0,0,0,0)', color: faint, activecolor: text },
    },
  }
}
