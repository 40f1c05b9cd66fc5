// How a figure looks around its curves: axes, and the theme's colours as a Plotly template. Pure.
import type { Layout, LayoutAxis, Template } from 'plotly.js-dist-min'

import type { Scheme } from '../theme/palette'
import type { XAxis } from '../view/search'
import { isPair, scaleOf } from './quantities'

export const PAPER: Record<Scheme, string> = { light: '#ffffff', dark: '#171b22' }

/** Up to here every epoch has its tick. */
const TICK_EACH_EPOCH = 12

export interface Dress {
  quantity: string
  scheme: Scheme
  log: boolean
  /** Dragging scrolls the page instead of zooming: for fingers. */
  touch: boolean
  x: XAxis
  xTitle: string
  /** The furthest point, in the unit of the axis. */
  last: number
  empty: boolean
}

export function layout(dress: Dress): Partial<Layout> {
  const { quantity, scheme, log, touch } = dress
  const drawn: Partial<Layout> = {
    // Constant, so that zoom and pan survive each new point.
    uirevision: 'kept',
    template: TEMPLATES[scheme],
    margin: { l: 58, r: 14, t: 10, b: 42 },
    showlegend: false,
    hovermode: 'x unified',
    dragmode: touch ? false : 'zoom',
    xaxis: xAxis(dress),
    yaxis: valueAxis(quantity, log),
  }
  return dress.empty ? blank(drawn, quantity) : drawn
}

/** A zoom into one kind of axis means nothing on another: `uirevision` forgets it there. */
function xAxis({ x, xTitle, last }: Dress): Partial<LayoutAxis> {
  const title = { text: xTitle, standoff: 8 }
  if (x === 'epoch') {
    return {
      title,
      type: 'linear',
      uirevision: x,
      // Markers widen an axis by a twentieth.
      autorangeoptions: { include: [1, 2], clipmin: 0.5, clipmax: Math.max(last, 2) + 0.5 },
      ...(last <= TICK_EACH_EPOCH ? { dtick: 1, tick0: 1 } : { nticks: 10 }),
      unifiedhovertitle: { text: 'Epoch %{x}' },
    }
  }
  const autorangeoptions = { clipmax: last * 1.01 }
  return { title, type: 'linear', uirevision: x, rangemode: 'tozero', autorangeoptions, nticks: 8, tickformat: x === 'time' ? '~g' : '~s' }
}

function valueAxis(quantity: string, log: boolean): Partial<LayoutAxis> {
  if (log) return { type: 'log', dtick: 'D2', tickformat: scaleOf(quantity) === 'positive' ? '~g' : '~%', uirevision: 'log' }
  if (scaleOf(quantity) !== 'positive') return { type: 'linear', tickformat: '.0%', uirevision: 'linear' }
  // What is tiny or huge, such as rates and speeds, is written as 50µ or 12k.
  return { type: 'linear', rangemode: 'tozero', uirevision: 'linear', exponentformat: 'SI', minexponent: 4 }
}

/** Without points Plotly would invent a range of its own, epoch -1 and 400 % included. No curve keeps what stands here. */
function blank(drawn: Partial<Layout>, quantity: string): Partial<Layout> {
  const uirevision = 'blank'
  return {
    ...drawn,
    uirevision,
    xaxis: { ...drawn.xaxis, uirevision, range: [1, 10], tick0: 1, dtick: 1 },
    yaxis: { ...drawn.yaxis, uirevision, type: 'linear', range: scaleOf(quantity) === 'positive' ? [0, 2.5] : [0, 1] },
  }
}

/** A curve without a point at the others' epoch says which one it tells of. On other axes hardly two points meet. */
export function hoverOf(quantity: string, x: XAxis): string {
  const value = scaleOf(quantity) !== 'positive' ? '%{y:.1%}' : isPair(quantity) ? '%{y:.4f}' : '%{y:.4~g}'
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
