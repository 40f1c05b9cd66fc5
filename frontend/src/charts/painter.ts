// Draws the newest figure into an element, at most once a frame. `mount` and its teardown are all that React sees.
import type { Config, Data, LayoutAxis, PlotlyHTMLElement } from 'plotly.js-dist-min'

import type { Figure } from './curves'
import { hoveredOf, type Hovered } from './hover'
import { isSameZoom, NO_ZOOM, type Range, type Zoom } from './zoom'

export type Plotly = typeof import('plotly.js-cartesian-dist-min').default

const CONFIG: Partial<Config> = {
  // Fingers have no hover, and the bar would lie over the curves for good.
  displayModeBar: matchMedia('(hover: none)').matches ? false : 'hover',
  displaylogo: false,
  // Plotly's own default sends the data to its cloud at a click.
  showSendToCloud: false,
  // Pictures are in the menu of each panel: those have every point, and a key.
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d', 'toImage'],
}

export interface Painter {
  draw: (figure: Figure) => void
  destroy: () => void
}

/** Plotly uses typed arrays as they are, and checks each value of others twice. */
function typed(trace: Data): Data {
  if (trace.type !== 'scatter') return trace
  return { ...trace, ...floats('x', trace.x), ...floats('y', trace.y) }
}

function floats(name: 'x' | 'y', values: unknown): Record<string, Float64Array> {
  if (!isColumn(values)) return {}
  return { [name]: Float64Array.from(values, (value) => value ?? NaN) }
}

const isColumn = (values: unknown): values is readonly (number | null)[] =>
  Array.isArray(values) && values.every((value) => value === null || typeof value === 'number')

/** Read from the chart: Plotly has many ways to zoom, and resets zooms without an event. */
function zoomOf({ layout: { xaxis, yaxis } }: PlotlyHTMLElement): Zoom {
  const [x, y] = [rangeOf(xaxis), rangeOf(yaxis)]
  return x === null && y === null ? NO_ZOOM : { x, y }
}

function rangeOf(axis: LayoutAxis | undefined): Range | null {
  const [from, to] = axis?.autorange === false && Array.isArray(axis.range) ? (axis.range as unknown[]) : []
  return typeof from === 'number' && typeof to === 'number' ? [from, to] : null
}

export interface Listener {
  /** The zoom of the first drawing, and each change. */
  onZoom: (zoom: Zoom) => void
  /** The values under the pointer; null once it has left. */
  onHover: (hovered: Hovered | null) => void
}

export function mount(element: HTMLElement, plotly: Plotly, { onZoom, onHover }: Listener): Painter {
  let wanted: Figure | null = null
  let frame = 0
  let drawing = false
  let zoom: Zoom | null = null
  let gone = false
  // A function, since TypeScript would assume that a variable does not change during `await`.
  const isGone = (): boolean => gone

  const look = (graph: PlotlyHTMLElement): void => {
    const now = zoomOf(graph)
    if (zoom !== null && isSameZoom(now, zoom)) return
    zoom = now
    onZoom(now)
  }

  const paint = async (): Promise<void> => {
    frame = 0
    if (wanted === null || drawing || isGone()) return
    const figure = wanted
    wanted = null
    drawing = true
    try {
      const graph = await plotly.react(element, figure.data.map(typed), figure.layout, CONFIG)
      if (zoom === null && !isGone()) listen(graph)
    } catch (error) {
      console.error('A figure could not be drawn.', error)
    } finally {
      // Also after a figure that Plotly could not draw: the next one may be another.
      drawing = false
      schedule()
    }
  }

  const listen = (graph: PlotlyHTMLElement): void => {
    look(graph)
    graph.on('plotly_afterplot', () => {
      look(graph)
    })
    graph.on('plotly_hover', (event) => {
      onHover(hoveredOf(event))
    })
    graph.on('plotly_unhover', () => {
      onHover(null)
    })
  }

  const schedule = (): void => {
    if (wanted !== null && frame === 0 && !isGone()) frame = requestAnimationFrame(() => void paint())
  }

  const observer = new ResizeObserver(() => {
    // Plotly fails to measure hidden elements, such as a chart on a tab that was just left.
    const shown = element.isConnected && element.getClientRects().length > 0
    if (shown && !isGone() && element.classList.contains('js-plotly-plot')) plotly.Plots.resize(element)
  })
  observer.observe(element)

  return {
    draw: (figure) => {
      wanted = figure
      schedule()
    },
    destroy: () => {
      gone = true
      cancelAnimationFrame(frame)
      observer.disconnect()
      plotly.purge(element)
    },
  }
}
