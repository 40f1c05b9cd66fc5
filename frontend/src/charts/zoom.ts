// The zoom of a chart. Pure.
import type { Layout, LayoutAxis } from 'plotly.js-dist-min'

/** A part of an axis, in its own units. */
export type Range = readonly [from: number, to: number]

/** The visible range of each axis; null: all. */
export interface Zoom {
  x: Range | null
  y: Range | null
}

export const NO_ZOOM: Zoom = { x: null, y: null }

export const isSameZoom = (a: Zoom, b: Zoom): boolean => a.x?.join() === b.x?.join() && a.y?.join() === b.y?.join()

/** The same chart, looked at as closely. */
export function zoomed(layout: Partial<Layout>, { x, y }: Zoom): Partial<Layout> {
  return {
    ...layout,
    xaxis: { ...layout.xaxis, ...(x && { autorange: false, range: [...x] }) },
    // Also where the chart would not show everything at first.
    yaxis: { ...without(layout.yaxis), ...(y && { autorange: false, range: [...y] }) },
  }
}

function without({ range: _, autorange: __, ...axis }: Partial<LayoutAxis> = {}): Partial<LayoutAxis> {
  return axis
}
