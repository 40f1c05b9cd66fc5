// Draws the newest figure into an element, at most once a frame. `mount` and its teardown are all that React sees.
import type { Config, Data, PlotRelayoutEvent } from 'plotly.js-dist-min'

import type { Figure } from './curves'
import type { Range } from './thinning'

export type Plotly = typeof import('plotly.js-cartesian-dist-min').default

const CONFIG: Partial<Config> = {
  // Fingers have no hover, and the bar would lie over the curves for good.
  displayModeBar: matchMedia('(hover: none)').matches ? false : 'hover',
  displaylogo: false,
  // Plotly's own default sends the data to its cloud at a click.
  showSendToCloud: false,
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
  toImageButtonOptions: { format: 'png', scale: 2, filename: 'skiplab' },
}

export interface Painter {
  draw: (figure: Figure) => void
  destroy: () => void
}

/** Plotly takes columns of floats as they are, and looks at each value of any other twice. */
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

/** Where on the x axis a change of the layout leads to: null is everywhere, undefined that it leads nowhere else. */
function zoomOf(change: PlotRelayoutEvent): Range | null | undefined {
  const [from, to] = [change['xaxis.range[0]'], change['xaxis.range[1]']]
  if (from !== undefined && to !== undefined) return [from, to]
  return change['xaxis.autorange'] === true ? null : undefined
}

/** `onZoom` hears of each closer look at a part of the x axis, and of the way back. */
export function mount(element: HTMLElement, plotly: Plotly, onZoom: (range: Range | null) => void): Painter {
  let wanted: Figure | null = null
  let frame = 0
  let drawing = false
  let gone = false
  let heard = false

  const paint = async (): Promise<void> => {
    frame = 0
    if (wanted === null || drawing || gone) return
    const figure = wanted
    wanted = null
    drawing = true
    const graph = await plotly.react(element, figure.data.map(typed), figure.layout, CONFIG)
    drawing = false
    if (!heard) {
      heard = true
      graph.on('plotly_relayout', (change) => {
        const zoom = zoomOf(change)
        if (zoom !== undefined) onZoom(zoom)
      })
    }
    schedule()
  }

  const schedule = (): void => {
    if (wanted !== null && frame === 0 && !gone) frame = requestAnimationFrame(() => void paint())
  }

  const observer = new ResizeObserver(() => {
    // Plotly refuses to measure what is not shown, such as a chart on a tab that was just left.
    const shown = element.isConnected && element.getClientRects().length > 0
    if (shown && !gone && element.classList.contains('js-plotly-plot')) plotly.Plots.resize(element)
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
