// The values under the pointer in a chart of curves: of each run at one x. Pure.
import type { PlotHoverEvent } from 'plotly.js-dist-min'

import type { Part } from '../view/urlState'

/** What the curves carry for it. */
export interface Meta {
  /** A mean has several. */
  runs: readonly number[]
  part: Part | null
  /** What stands there was not finite; its height is another epoch's. */
  lost?: true
}

export interface HoveredPoint extends Meta {
  x: number
  y: number
  /** Pixels from the left and the top of the chart. */
  across: number
  down: number
}

export interface Hovered {
  /** The pointer: pixels from the top of the chart, and its place in the window. */
  down: number
  left: number
  top: number
  /** The next one first; all next to one place on the axis, at most one of each curve. */
  points: readonly HoveredPoint[]
}

/** Pixels: a curve whose next point is further away is not listed. */
const REACH = 20

export function hoveredOf({ points, xPixel: pointed = 0, yPixel: down = 0, event }: PlotHoverEvent): Hovered | null {
  const found = points.flatMap(({ x, y, xPixel: across = 0, yPixel: down = 0, data }) => {
    const meta = data.meta as unknown as Meta | undefined
    return meta === undefined ? [] : [{ ...meta, x: Number(x), y: Number(y), across, down }]
  })
  found.sort((a, b) => Math.abs(a.across - pointed) - Math.abs(b.across - pointed))
  const [next] = found
  if (next === undefined) return null
  return { down, left: event.clientX, top: event.clientY, points: found.filter(({ across }) => Math.abs(across - next.across) <= REACH) }
}

/** One run, or one mean, at the place that is pointed at. */
export interface HoverRow<Entry> {
  entry: Entry
  /** By the part of the data; of a quantity without parts, null. A value that was not finite is null. */
  values: ReadonlyMap<Part | null, number | null>
  /** The place that its values are from, where it has none at the one that is pointed at. */
  elsewhere: number | null
}

/** More would cover the curves. */
export const MOST_ROWS = 12

/** From the highest curve down: of many those next to the pointer, and how many there are beside these. */
export function rowsOf<Entry extends { run: number }>({ down, points }: Hovered, entries: readonly Entry[]): { rows: HoverRow<Entry>[]; more: number } {
  const all = entries.flatMap((entry) => {
    const own = points.filter(({ runs }) => runs[0] === entry.run)
    const [next] = own
    if (next === undefined) return []
    const here = own.filter(({ x }) => x === next.x)
    const values = new Map(here.map(({ part, y, lost }) => [part, lost ? null : y]))
    const height = Math.min(...here.map((point) => point.down))
    return [{ row: { entry, values, elsewhere: next.x === points[0]?.x ? null : next.x }, height, distance: Math.min(...here.map((point) => Math.abs(point.down - down))) }]
  })
  const near = all.toSorted((a, b) => a.distance - b.distance).slice(0, MOST_ROWS)
  return { rows: near.sort((a, b) => a.height - b.height).map(({ row }) => row), more: all.length - near.length }
}
