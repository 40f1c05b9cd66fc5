// From columns to a Plotly figure of curves, without React, DOM or clock.
import type { Data, Layout } from 'plotly.js-dist-min'

import { linesOf } from '../model/quantities'
import { unitOf } from './axes'
import { clipOf, type Clip } from './clip'
import { layout } from './layout'
import { pathsOf, type PathsInput } from './paths'
import { thinned, type Lens } from './thinning'
import { rawTraces, tracesOf, type TracesInput } from './traces'

export interface CurvesInput extends PathsInput, TracesInput, Lens {
  touch: boolean
  /** Leave outliers, such as the loss of a run that diverged, out of the initial range. */
  clip: boolean
}

export interface Figure {
  data: Data[]
  layout: Partial<Layout>
}

export interface CurvesFigure extends Figure {
  /** Title of the x axis. */
  over: string
  /** What the initial range leaves out; null if nothing. */
  clip: Clip | null
}

export function curvesFigure(asked: CurvesInput): CurvesFigure {
  const input = { ...asked, focus: focusAmong(asked) }
  const paths = pathsOf(input)
  const last = paths.reduce((most, { points }) => Math.max(most, points.x.at(-1) ?? 0), 0)
  const unit = unitOf(input.x, last)
  for (const { points } of paths) points.x = points.x.map((value) => (value === null ? null : value / unit.divisor))
  const { every, places: drawn } = thinned(paths.map(({ points }) => points), input)
  const strokes = paths.map((path, index) => ({ ...path, drawn: drawn[index] ?? [] }))
  const data = [...rawTraces(strokes, input), ...strokes.flatMap((stroke) => tracesOf(stroke, input, strokes.length))]
  const inside = paths.some((path) => path.inside)
  const xTitle = every === 1 ? unit.title : `${unit.title} · 1 of ${every} ${inside ? 'points' : 'epochs'} drawn`
  const clip = input.clip && !input.log ? clipOf(input.quantity, paths.map(({ points }) => points.y)) : null
  const signed = paths.some(({ points }) => points.y.some((value) => value !== null && value < 0))
  return { data, over: unit.title, clip, layout: layout({ ...input, xTitle, last: last / unit.divisor, inside, empty: data.length === 0, signed, clip }) }
}

/** A run without a curve, such as a queued one, cannot be highlighted, and dims no other. */
function focusAmong({ curves, focus, quantity, part }: CurvesInput): number | null {
  const drawn = curves.some(({ run, columns }) => run === focus && linesOf(quantity, part).some(({ key }) => columns.get(key)?.value.some((value) => value !== null)))
  return drawn ? focus : null
}
