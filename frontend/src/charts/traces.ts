// The lines of a chart as Plotly traces: style, markers, bands. Pure.
import type { Data } from 'plotly.js-dist-min'

import { groupBy } from '../lib/collections'
import { colourOf, markerOf, type Scheme } from '../theme/palette'
import type { Part, XAxis } from '../view/urlState'
import type { Meta } from './hover'
import { hoverOf, PAPER } from './layout'
import { smoothed } from './maths'
import type { Path } from './paths'

export interface TracesInput {
  quantity: string
  x: XAxis
  part: Part | undefined
  /** Weight of the past in smoothing; 0 draws the measured values. */
  smooth: number
  scheme: Scheme
  /** The run to highlight, if any. */
  focus: number | null
  narrow: boolean
}

/** Up to this many points each has a marker. */
const MARKED_POINTS = { wide: 24, narrow: 12 }
/**
 * Markers of a whole chart: a thousand of these shapes take longer to draw than all lines. Each curve keeps `least`, so
 * that colour is not all that distinguishes it; a long one has only a few.
 */
const MARKERS = { most: 240, least: 4, inPassing: { wide: 5, narrow: 3 } }

const FAINT = 0.16

/** A path, and which of its points are drawn. */
export interface Stroke extends Path {
  /** Indices of the points that are drawn; smoothing and bands use all points. */
  drawn: readonly number[]
}

const isInFocus = ({ runs }: Stroke, { focus }: TracesInput): boolean => focus === null || runs.includes(focus)

/** The measured values, faint behind the smoothed ones: one trace per network, since each trace takes time to draw. */
export function rawTraces(strokes: readonly Stroke[], input: TracesInput): Data[] {
  if (input.smooth === 0) return []
  const alike = groupBy(strokes, (stroke) => `${stroke.runStyle.hue} ${isInFocus(stroke, input)}`)
  return [...alike.values()].flatMap((together): Data[] => {
    const [first] = together
    if (first === undefined) return []
    return [
      {
        type: 'scatter',
        uid: `${first.uid}-raw`,
        mode: 'lines',
        x: together.flatMap((stroke) => [...drawnOf(stroke.points.x, stroke), null]),
        y: together.flatMap((stroke) => [...drawnOf(stroke.points.y, stroke), null]),
        connectgaps: false,
        opacity: isInFocus(first, input) ? 0.28 : 0.06,
        // Shades of a colour cannot be distinguished at this opacity.
        line: { color: colourOf({ ...first.runStyle, variant: 0 }, input.scheme), width: 1 },
        hoverinfo: 'skip',
        showlegend: false,
      },
    ]
  })
}

/** The traces of one line: its band, the line, and marks where values are not finite. `count`: of lines in the chart. */
export function tracesOf(stroke: Stroke, input: TracesInput, count: number): Data[] {
  const { smooth } = input
  const inFocus = isInFocus(stroke, input)
  const line = mainTrace(stroke, input, inFocus, count)
  const drawn: Data[] = []
  if (stroke.spread?.some((spread) => spread !== null)) drawn.push(...bandTraces(stroke, input, inFocus))
  if (smooth > 0) line.y = drawnOf(smoothed(stroke.points.y, smooth), stroke)
  drawn.push(line)
  const nonFinite = nonFiniteTrace(stroke, input, inFocus)
  if (nonFinite) drawn.push(nonFinite)
  return drawn
}

function mainTrace(stroke: Stroke, { quantity, x, scheme, focus, narrow, part: only }: TracesInput, inFocus: boolean, count: number) {
  const { uid, label, runStyle, dash, part, runs, points } = stroke
  const colour = colourOf(runStyle, scheme)
  const width = narrow ? 'narrow' : 'wide'
  const few = points.x.length <= MARKED_POINTS[width]
  const test = part === 'test' && only === undefined
  return {
    type: 'scatter' as const,
    uid,
    name: part === null || only !== undefined ? label : `${label}, ${part}`,
    meta: { runs, part } satisfies Meta,
    x: drawnOf(points.x, stroke),
    y: drawnOf(points.y, stroke),
    mode: 'lines+markers' as const,
    connectgaps: false,
    opacity: inFocus ? 1 : FAINT,
    line: {
      color: colour,
      width: focus !== null && inFocus ? 3 : 2,
      // Train and test differ by the dash; if only one part is drawn, the dash distinguishes seeds.
      dash: test ? ('dash' as const) : part === null || only !== undefined ? dash : ('solid' as const),
    },
    marker: {
      color: test ? PAPER[scheme] : colour,
      symbol: markerOf(runStyle),
      size: test ? 6 : 5,
      line: { color: colour, width: test ? 1.5 : 0 },
      maxdisplayed: few ? Math.max(MARKERS.least, Math.floor(MARKERS.most / count)) : MARKERS.inPassing[width],
    },
    hovertemplate: hoverOf(quantity, x),
  }
}

/** Those of the values whose points are drawn. */
const drawnOf = (values: readonly (number | null)[], { drawn }: Stroke): (number | null)[] => drawn.map((index) => values[index] ?? null)

function bandTraces({ uid, runStyle, points, drawn, spread = [] }: Stroke, { scheme, smooth }: TracesInput, inFocus: boolean): Data[] {
  const middle = smooth > 0 ? smoothed(points.y, smooth) : points.y
  const band = drawn.flatMap((index) => {
    const [x, value, half] = [points.x[index] ?? null, middle[index] ?? null, spread[index] ?? null]
    return value === null || half === null ? [] : [{ x, low: value - half, high: value + half }]
  })
  const shared = { type: 'scatter' as const, mode: 'lines' as const, x: band.map(({ x }) => x), line: { width: 0 }, hoverinfo: 'skip' as const, showlegend: false }
  const fillcolor = `${colourOf(runStyle, scheme)}${inFocus ? '26' : '0a'}`
  return [
    { ...shared, uid: `${uid}-low`, y: band.map(({ low }) => low) },
    { ...shared, uid: `${uid}-high`, y: band.map(({ high }) => high), fill: 'tonexty', fillcolor },
  ] as Data[]
}

/** Marks values that are not finite by a cross at the height of the last finite one. */
function nonFiniteTrace({ uid, label, runStyle, part, runs, points }: Stroke, { scheme }: TracesInput, inFocus: boolean): Data | null {
  let height: number | null = null
  const lost: { x: number | null; y: number | null }[] = []
  for (const [index, value] of points.y.entries()) {
    if (value === null) lost.push({ x: points.x[index] ?? null, y: height ?? points.y.find((each) => each !== null) ?? null })
    else height = value
  }
  const seen = lost.filter(({ y }) => y !== null)
  if (seen.length === 0) return null
  return {
    type: 'scatter',
    uid: `${uid}-lost`,
    name: `${label}: not finite`,
    meta: { runs, part, lost: true } satisfies Meta,
    mode: 'markers',
    x: seen.map(({ x }) => x),
    y: seen.map(({ y }) => y),
    opacity: inFocus ? 1 : FAINT,
    marker: { symbol: 'x-thin', size: 9, line: { color: colourOf(runStyle, scheme), width: 2 } },
    hovertemplate: 'not finite',
  }
}
