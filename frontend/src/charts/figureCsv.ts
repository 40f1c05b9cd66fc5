// A figure's traces as one CSV of their points, whatever they are drawn as. Pure.
import type { Data } from 'plotly.js-dist-min'

import { csv } from './download'

type Value = string | number | boolean | null | undefined

/** What the lab's figures are made of: points, bars, maps, and lines across several axes. */
interface Trace {
  name?: string
  uid?: string
  /** Numbers or words; left out where their place says it. */
  x?: readonly Value[]
  y?: readonly Value[]
  /** Rows of a map, one for each `y`. */
  z?: readonly (readonly Value[])[]
  /** For each point, or for each cell of a map. */
  text?: readonly (Value | readonly Value[])[]
  error_x?: Reach | null
  error_y?: Reach | null
  dimensions?: readonly Dimension[]
}

/** How far the bar around each point goes; down as far as up where that is left out. */
interface Reach {
  array?: readonly Value[]
  arrayminus?: readonly Value[]
}

interface Dimension {
  label?: string
  values?: readonly Value[]
  tickvals?: readonly Value[]
  ticktext?: readonly string[]
}

const COLUMNS = ['trace', 'x', 'y', 'z', 'x_plus', 'x_minus', 'y_plus', 'y_minus', 'text'] as const

type Point = Partial<Record<(typeof COLUMNS)[number], Value>>

const ALWAYS: ReadonlySet<string> = new Set(['trace', 'x', 'y'])

export function figureCsv(data: readonly Data[]): string {
  const traces = data as unknown as readonly Trace[]
  const across = traces.find(({ dimensions }) => dimensions !== undefined)?.dimensions
  if (across) return csv(linesAcross(across))
  const points = traces.flatMap((trace) => (trace.z ? cellsOf(trace, trace.z) : pointsOf(trace)))
  const columns = COLUMNS.filter((name) => ALWAYS.has(name) || points.some((point) => point[name] !== undefined))
  return csv([columns, ...points.map((point) => columns.map((name) => point[name]))])
}

function pointsOf(trace: Trace): Point[] {
  const { name, uid, x, y, text, error_x, error_y } = trace
  const count = Math.max(x?.length ?? 0, y?.length ?? 0)
  return Array.from({ length: count }, (_, place) => ({
    trace: name ?? uid,
    x: x ? x[place] : place,
    y: y ? y[place] : place,
    x_plus: error_x?.array?.[place],
    x_minus: (error_x?.arrayminus ?? error_x?.array)?.[place],
    y_plus: error_y?.array?.[place],
    y_minus: (error_y?.arrayminus ?? error_y?.array)?.[place],
    text: Array.isArray(text) ? (text[place] as Value) : undefined,
  }))
}

function cellsOf({ name, uid, x, y, text }: Trace, rows: readonly (readonly Value[])[]): Point[] {
  return rows.flatMap((row, down) => {
    const words = text?.[down]
    return row.map((z, across) => ({
      trace: name ?? uid,
      x: x ? x[across] : across,
      y: y ? y[down] : down,
      z,
      text: Array.isArray(words) ? (words[across] as Value) : undefined,
    }))
  })
}

/** A row for each line, a column for each axis that it crosses; a place among words is written as its word. */
function linesAcross(dimensions: readonly Dimension[]): Value[][] {
  const count = Math.max(...dimensions.map(({ values = [] }) => values.length))
  const lines = Array.from({ length: count }, (_, place) => dimensions.map((dimension) => wordOf(dimension, dimension.values?.[place])))
  return [dimensions.map(({ label }) => label), ...lines]
}

function wordOf({ tickvals, ticktext }: Dimension, value: Value): Value {
  const place = tickvals?.indexOf(value) ?? -1
  return ticktext?.[place] ?? value
}
