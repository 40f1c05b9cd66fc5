// THE place where columns become a Plotly figure of curves. Pure: no React, no DOM, no clock.
import type { Data, Layout } from 'plotly.js-dist-min'

import { groupBy } from '../lib/collections'
import type { Column, Columns } from '../live/columns'
import { linesOf, scaleOf, type Line, type Scale } from '../model/quantities'
import { colourOf, dashOf, markerOf, type Dash, type RunStyle, type Scheme } from '../theme/palette'
import type { Band, Part, XAxis } from '../view/urlState'
import { isInside, places, stepsPerEpoch, unitOf, type Clock } from './axes'
import { clipOf, type Clip } from './clip'
import type { Meta } from './hover'
import { hoverOf, layout, PAPER } from './layout'
import { smoothed, summary } from './maths'
import { thinned, type Lens, type Points } from './thinning'

export interface Curve {
  run: number
  label: string
  runStyle: RunStyle
  columns: Columns
  clock: Clock
  /** Runs that differ by their seed alone share it, and are averaged where that is asked for. */
  group: string
  groupLabel: string
  seed: number
  finished: boolean
}

export interface CurvesInput extends Lens {
  quantity: string
  curves: readonly Curve[]
  x: XAxis
  /** Weight of the past in smoothing; 0 draws what was measured. */
  smooth: number
  part: Part | undefined
  mean: Band | undefined
  scheme: Scheme
  /** The run to stand out, if any. */
  focus: number | null
  touch: boolean
  narrow: boolean
  /** What leaves the rest far behind, such as the loss of a run that diverged, leaves the chart at its top. */
  clip: boolean
}

export interface Figure {
  data: Data[]
  layout: Partial<Layout>
}

/** Up to here each epoch of a curve shows, the first one too. */
const MARKED_POINTS = { wide: 24, narrow: 12 }
/**
 * On a whole chart: each is a shape of its own, and a thousand of them cost more than all lines. A curve keeps some, to be
 * told from others by more than its colour; a long one has a few in passing.
 */
const MARKERS = { most: 240, least: 4, inPassing: { wide: 5, narrow: 3 } }

const FAINT = 0.16

/** One line, whole: a run's, or the mean of several. */
interface Path {
  uid: string
  label: string
  runStyle: RunStyle
  /** Where the dash does not say which part it is. */
  dash: Dash
  part: Line['part']
  runs: readonly number[]
  points: Points
  /** Its points are of steps, several of an epoch. */
  inside: boolean
  /** Half the height of the band around it, where it has one. */
  spread?: readonly (number | null)[]
}

/** A path as it is drawn. */
interface Stroke extends Path {
  /** The places of the points that are drawn; what is reckoned from points takes all of them. */
  drawn: readonly number[]
}

export interface CurvesFigure extends Figure {
  /** What the x axis runs over, as `Epoch`. */
  over: string
  /** What is not in sight at first; null where everything is. */
  clip: Clip | null
}

export function curvesFigure(asked: CurvesInput): CurvesFigure {
  const input = { ...asked, focus: focusAmong(asked) }
  const measurable = linesOf(input.quantity, input.part).flatMap((line) => (input.mean ? meanPaths(input, line) : runPaths(input, line)))
  // Where nothing was ever finite there is no height for a gap either.
  const paths = measurable.filter(({ points }) => points.y.some((value) => value !== null))
  paths.sort((a, b) => (a.runs[0] ?? 0) - (b.runs[0] ?? 0))
  const last = paths.reduce((most, { points }) => Math.max(most, points.x.at(-1) ?? 0), 0)
  const unit = unitOf(input.x, last)
  for (const { points } of paths) points.x = points.x.map((place) => (place === null ? null : place / unit.divisor))
  const { every, places: drawn } = thinned(paths.map(({ points }) => points), input)
  const strokes = paths.map((path, place) => ({ ...path, drawn: drawn[place] ?? [] }))
  const data = [...measured(strokes, input), ...strokes.flatMap((stroke) => traces(stroke, input, strokes.length))]
  const inside = paths.some((path) => path.inside)
  const xTitle = every === 1 ? unit.title : `${unit.title} · 1 of ${every} ${inside ? 'points' : 'epochs'} drawn`
  const clip = input.clip && !input.log ? clipOf(input.quantity, paths.map(({ points }) => points.y)) : null
  return { data, over: unit.title, clip, layout: layout({ ...input, xTitle, last: last / unit.divisor, inside, empty: data.length === 0, signed: paths.some(({ points }) => points.y.some((value) => value !== null && value < 0)), clip }) }
}

/** A run without a curve, such as a queued one, has nothing that could stand out: it dims no other. */
function focusAmong({ curves, focus, quantity, part }: CurvesInput): number | null {
  const drawn = curves.some(({ run, columns }) => run === focus && linesOf(quantity, part).some(({ key }) => columns.get(key)?.value.some((value) => value !== null)))
  return drawn ? focus : null
}

/**
 * Plotly tells traces apart by uid: without it, hiding one run would hand its curve to the next. It also makes CSS
 * selectors of it, so the metric's slash cannot be in it.
 */
const uidOf = (owner: string, key: string): string => `${owner}-${key}`.replace(/[^\w-]/g, '-')

function runPaths({ curves, x, quantity }: CurvesInput, { key, part }: Line): Path[] {
  const scale = scaleOf(quantity)
  return curves.flatMap(({ run, label, runStyle, seed, columns, clock }) => {
    const column = columns.get(key)
    if (column === undefined) return []
    const inside = isInside(column)
    // What is thinned goes by epochs: of points inside them each counts as one.
    const epoch = inside ? column.epoch.map((_, place) => place + 1) : column.epoch
    const points = { epoch, x: places(column, x, paced(clock, columns)), y: drawnAs(scale, column.value) }
    return [{ uid: uidOf(`run-${run}`, key), label, runStyle, dash: dashOf(seed), part, runs: [run], inside, points }]
  })
}

const paced = (clock: Clock, columns: Columns): Clock => ({ ...clock, stepsPerEpoch: stepsPerEpoch(columns.values()) })

/** A difference of shares is drawn in percentage points. */
const drawnAs = (scale: Scale, values: readonly (number | null)[]): readonly (number | null)[] =>
  scale === 'signed share' ? values.map((value) => (value === null ? null : 100 * value)) : values

export interface Group {
  first: Curve
  members: readonly Curve[]
  /** Of its network's colour; its shade, dash and marker tell it from the network's other groups. */
  runStyle: RunStyle
}

/** Curves that are averaged together, in the order of their first ones. */
export function groupsOf(curves: readonly Curve[]): Group[] {
  const found: Group[] = []
  for (const members of groupBy(curves, ({ group }) => group).values()) {
    const [first] = members
    if (first === undefined) continue
    const variant = found.filter(({ runStyle }) => runStyle.hue === first.runStyle.hue && runStyle.lap === first.runStyle.lap).length
    found.push({ first, members, runStyle: { ...first.runStyle, variant } })
  }
  return found
}

function meanPaths(input: CurvesInput, { key, part }: Line): Path[] {
  return groupsOf(input.curves).flatMap(({ first, members, runStyle }) => {
    const held = witnesses(members).flatMap(({ columns, clock }) => {
      const column = columns.get(key)
      return column === undefined ? [] : [heldOf(column, input, paced(clock, columns))]
    })
    if (held.length === 0) return []
    const inside = held.some((each) => each.inside)
    const { points, spread } = average(held, input.mean ?? 'sd')
    // A mean has no seed: as in the lab's own figures, its dash tells it from the network's other means.
    return [{ uid: uidOf(`mean-${first.run}`, key), label: first.groupLabel, runStyle, dash: dashOf(runStyle.variant), part, runs: members.map(({ run }) => run), inside, points, spread }]
  })
}

/** One run a seed, for a repeated one says nothing new: the first that has finished, before there is one the newest. */
function witnesses(members: readonly Curve[]): Curve[] {
  const bySeed = groupBy(members.toSorted((a, b) => a.run - b.run), ({ seed }) => seed)
  return [...bySeed.values()].flatMap((same) => same.find(({ finished }) => finished) ?? same.at(-1) ?? [])
}

/** One run's part of a mean: its values, by what is averaged together. */
interface Held {
  /** Whether these are tenths of epochs, and not epochs. */
  inside: boolean
  epoch: readonly number[]
  x: readonly (number | null)[]
  y: readonly (number | null)[]
}

function heldOf(column: Column, { quantity, x }: CurvesInput, clock: Clock): Held {
  const held = { inside: isInside(column), epoch: column.epoch, x: places(column, x, clock), y: drawnAs(scaleOf(quantity), column.value) }
  return held.inside ? binned(held, places(column, 'epoch', clock)) : held
}

/** Runs sample other steps than each other: what they have in common is the mean of each tenth of an epoch. */
function binned({ inside, x, y }: Held, epochs: readonly (number | null)[]): Held {
  const bins = groupBy(epochs.keys(), (place) => Math.ceil((epochs[place] ?? 0) * 10 - 1e-9))
  const means = (values: Held['y']) => [...bins.values()].map((among) => meanOf(among.map((place) => values[place] ?? null)))
  return { inside, epoch: [...bins.keys()], x: means(x), y: means(y) }
}

/** Not finite where one of them is not. */
function meanOf(values: Held['y']): number | null {
  const known = values.filter((value) => value !== null)
  return known.length < values.length || known.length === 0 ? null : summary(known, 'sd').mean
}

/** The mean at each epoch of the runs that have a finite value there; elsewhere on the axis, at the mean of their places. */
function average(held: readonly Held[], band: Band): { points: Points; spread: (number | null)[] } {
  const found = new Map<number, { x: number[]; y: number[] }>()
  for (const { epoch: epochs, x, y } of held) {
    for (const [place, epoch] of epochs.entries()) {
      const [across, value] = [x[place] ?? null, y[place] ?? null]
      if (across === null || value === null) continue
      const here = found.get(epoch) ?? { x: [], y: [] }
      here.x.push(across)
      here.y.push(value)
      found.set(epoch, here)
    }
  }
  const epochs = [...found.entries()].sort(([a], [b]) => a - b)
  const summaries = epochs.map(([, { y }]) => summary(y, band))
  return {
    points: { epoch: epochs.map(([epoch]) => epoch), x: epochs.map(([, { x }]) => summary(x, 'sd').mean), y: summaries.map(({ mean }) => mean) },
    spread: summaries.map(({ spread }) => spread),
  }
}

const isInFocus = ({ runs }: Stroke, { focus }: CurvesInput): boolean => focus === null || runs.includes(focus)

/** The measured values stay in sight behind the smoothed ones: of all runs of a network as one trace, for each costs time. */
function measured(strokes: readonly Stroke[], input: CurvesInput): Data[] {
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
        // So faint that shades of a colour could not be told apart.
        line: { color: colourOf({ ...first.runStyle, variant: 0 }, input.scheme), width: 1 },
        hoverinfo: 'skip',
        showlegend: false,
      },
    ]
  })
}

/** All that is drawn of one line among so many. */
function traces(stroke: Stroke, input: CurvesInput, among: number): Data[] {
  const { smooth } = input
  const inFocus = isInFocus(stroke, input)
  const line = main(stroke, input, inFocus, among)
  const drawn: Data[] = []
  if (stroke.spread?.some((spread) => spread !== null)) drawn.push(...bandTraces(stroke, input, inFocus))
  if (smooth > 0) line.y = drawnOf(smoothed(stroke.points.y, smooth), stroke)
  drawn.push(line)
  const lost = lostTrace(stroke, input, inFocus)
  if (lost) drawn.push(lost)
  return drawn
}

function main(stroke: Stroke, { quantity, x, scheme, focus, narrow, part: only }: CurvesInput, inFocus: boolean, among: number) {
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
      // Beside its other part the dash says which part it is; alone, it tells the seed.
      dash: test ? ('dash' as const) : part === null || only !== undefined ? dash : ('solid' as const),
    },
    marker: {
      color: test ? PAPER[scheme] : colour,
      symbol: markerOf(runStyle),
      size: test ? 6 : 5,
      line: { color: colour, width: test ? 1.5 : 0 },
      maxdisplayed: few ? Math.max(MARKERS.least, Math.floor(MARKERS.most / among)) : MARKERS.inPassing[width],
    },
    hovertemplate: hoverOf(quantity, x),
  }
}

/** Of values of a line's points, those of the points that are drawn. */
const drawnOf = (values: readonly (number | null)[], { drawn }: Stroke): (number | null)[] => drawn.map((place) => values[place] ?? null)

function bandTraces({ uid, runStyle, points, drawn, spread = [] }: Stroke, { scheme, smooth }: CurvesInput, inFocus: boolean): Data[] {
  const middle = smooth > 0 ? smoothed(points.y, smooth) : points.y
  const band = drawn.flatMap((place) => {
    const [x, value, half] = [points.x[place] ?? null, middle[place] ?? null, spread[place] ?? null]
    return value === null || half === null ? [] : [{ x, low: value - half, high: value + half }]
  })
  const shared = { type: 'scatter' as const, mode: 'lines' as const, x: band.map(({ x }) => x), line: { width: 0 }, hoverinfo: 'skip' as const, showlegend: false }
  const fillcolor = `${colourOf(runStyle, scheme)}${inFocus ? '26' : '0a'}`
  return [
    { ...shared, uid: `${uid}-low`, y: band.map(({ low }) => low) },
    { ...shared, uid: `${uid}-high`, y: band.map(({ high }) => high), fill: 'tonexty', fillcolor },
  ] as Data[]
}

/** Where a value was not finite there is a gap, and a cross at the height of the last value before it. */
function lostTrace({ uid, label, runStyle, part, runs, points }: Stroke, { scheme }: CurvesInput, inFocus: boolean): Data | null {
  let height: number | null = null
  const lost: { x: number | null; y: number | null }[] = []
  for (const [place, value] of points.y.entries()) {
    if (value === null) lost.push({ x: points.x[place] ?? null, y: height ?? points.y.find((each) => each !== null) ?? null })
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
