// How a figure looks around its curves: axes, and the theme's colours as a Plotly template. Pure.
import type { Annotation, Layout, LayoutAxis, Template } from 'plotly.js-dist-min'

import { number } from '../lib/format'
import { isPair, scaleOf, type Scale } from '../model/quantities'
import type { Scheme } from '../theme/palette'
import type { XAxis } from '../view/urlState'
import type { Clip } from './clip'

export const PAPER: Record<Scheme, string> = { light: '#ffffff', dark: '#171b22' }

/** Up to this many epochs each has a tick. */
const TICK_EACH_EPOCH = 12

export interface LayoutInput {
  quantity: string
  scheme: Scheme
  log: boolean
  /** Dragging scrolls the page instead of zooming: for fingers. */
  touch: boolean
  x: XAxis
  xTitle: string
  /** The furthest point, in the unit of the axis. */
  last: number
  /** Its points are of steps, several of an epoch. */
  inside: boolean
  empty: boolean
  /** Some of its values are below 0. */
  signed: boolean
  clip: Clip | null
}

export function layout(input: LayoutInput): Partial<Layout> {
  const { quantity, scheme, touch } = input
  const drawn: Partial<Layout> = {
    // Constant, so that zoom and pan survive each new point.
    uirevision: 'kept',
    template: TEMPLATES[scheme],
    margin: { l: 58, r: 14, t: 10, b: 42 },
    showlegend: false,
    hovermode: 'x unified',
    dragmode: touch ? false : 'zoom',
    xaxis: xAxis(input),
    yaxis: valueAxis(input),
    ...(input.clip && { annotations: [clipNote(input.clip)] }),
  }
  return input.empty ? blank(drawn, quantity) : drawn
}

/** A zoom of one kind of axis is meaningless on another: `uirevision` resets it. */
function xAxis({ x, xTitle, last, inside }: LayoutInput): Partial<LayoutAxis> {
  const title = { text: xTitle, standoff: 8 }
  if (x === 'epoch') {
    return {
      title,
      type: 'linear',
      uirevision: x,
      // Markers widen an axis by a twentieth.
      autorangeoptions: inside ? { include: [0, 1], clipmin: 0, clipmax: last * 1.01 } : { include: [1, 2], clipmin: 0.5, clipmax: Math.max(last, 2) + 0.5 },
      ...(last <= TICK_EACH_EPOCH ? { dtick: 1, tick0: 1 } : { nticks: 10 }),
      unifiedhovertitle: { text: 'Epoch %{x}' },
    }
  }
  const autorangeoptions = { clipmax: last * 1.01 }
  return { title, type: 'linear', uirevision: x, rangemode: 'tozero', autorangeoptions, nticks: 8, tickformat: x === 'time' ? '~g' : '~s' }
}

function valueAxis({ quantity, log, signed, clip }: LayoutInput): Partial<LayoutAxis> {
  const scale = scaleOf(quantity)
  if (log) return { type: 'log', dtick: 'D2', tickformat: scale === 'positive' ? '~g' : '~%', uirevision: 'log' }
  if (scale === 'signed share') return { type: 'linear', tickformat: '~g', ticksuffix: ' pp', uirevision: 'linear' }
  if (scale === 'open share') return { type: 'linear', tickformat: '.0%', tickformatstops: PERCENT_DIGITS, uirevision: 'linear' }
  if (scale === 'share') return { type: 'linear', tickformat: '.0%', tickformatstops: PERCENT_DIGITS, uirevision: 'linear', autorangeoptions: { clipmin: 0, clipmax: 1 } }
  // Tiny or large values, such as rates and speeds, are written as 50µ or 12k. Bands may reach below 0, losses do not.
  const axis = { type: 'linear', rangemode: 'tozero', ...(!signed && { autorangeoptions: { clipmin: 0 } }), uirevision: 'linear', exponentformat: 'SI', minexponent: 4 } as const
  return clip ? { ...axis, autorange: false, range: [0, clip.top] } : axis
}

/** As many digits as the distance between ticks needs. */
const PERCENT_DIGITS: NonNullable<LayoutAxis['tickformatstops']> = [
  { enabled: true, dtickrange: [null, 0.00099], value: '.2%', name: '', templateitemname: '' },
  { enabled: true, dtickrange: [0.00099, 0.0099], value: '.1%', name: '', templateitemname: '' },
]

/** For pictures; on the page it is beside the chart, with the way to see everything. */
const clipNote = (clip: Clip): Partial<Annotation> => ({
  text: clipText(clip),
  x: 1,
  y: 1,
  xref: 'paper',
  yref: 'paper',
  xanchor: 'right',
  yanchor: 'bottom',
  showarrow: false,
})

export const clipText = ({ lines, largest }: Clip): string => `${lines === 1 ? '1 curve leaves' : `${lines} curves leave`} the chart, up to ${largest >= 1e5 ? largest.toExponential(1) : number(largest)}`

/** The range of an empty chart: Plotly's own would include epoch -1 and 400%. It is reset once there are points. */
function blank(drawn: Partial<Layout>, quantity: string): Partial<Layout> {
  const uirevision = 'blank'
  return {
    ...drawn,
    uirevision,
    xaxis: { ...drawn.xaxis, uirevision, range: [0.5, 10.5], tick0: 1, dtick: 1 },
    yaxis: { ...drawn.yaxis, uirevision, type: 'linear', range: BLANK[scaleOf(quantity)] },
  }
}

const BLANK: Readonly<Record<Scale, [number, number]>> = { positive: [0, 2.5], share: [0, 1], 'open share': [0, 1], 'signed share': [0, 10] }

/** A curve without a point at the others' epoch shows its own. On other axes points rarely share an x. */
export function hoverOf(quantity: string, x: XAxis): string {
  const scale = scaleOf(quantity)
  const value = scale === 'signed share' ? '%{y:.2f} pp' : scale === 'share' || scale === 'open share' ? '%{y:.1%}' : isPair(quantity) ? '%{y:.4f}' : '%{y:.4~g}'
  return x === 'epoch' ? `${value}%{_xother}` : value
}

interface Ink {
  paper: string
  text: string
  faint: string
  grid: string
  panel: string
}

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
    // Otherwise each drawing measures every label, and keeps what it measured.
    tickangle: 0,
    ticklabeloverflow: 'allow' as const,
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
