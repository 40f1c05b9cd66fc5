// A figure as the page draws it: x title and hover values are HTML. For a title
// Plotly measures every label of the axis with each drawing, and keeps what it measured; its box of values is cut off at the
// chart's edge. Pictures and files are made of the whole figure. Pure.
import type { Data, Layout } from 'plotly.js-dist-min'

import type { Figure } from './curves'

export function pageFigure({ data, layout }: Figure): { figure: Figure; caption: string } {
  const { title, unifiedhovertitle: _, ...xaxis } = layout.xaxis ?? {}
  const { annotations: __, ...rest } = layout
  const caption = typeof title === 'object' ? title.text : title
  return { figure: { data: data.map(silent), layout: { ...rest, ...HOVER, xaxis: { ...xaxis, ...SPIKE } } }, caption: caption ?? '' }
}

/** However far the next point is, it is told of: a short run has few. */
const HOVER: Partial<Layout> = { hovermode: 'x', hoverdistance: -1, spikedistance: -1 }
const SPIKE = { showspikes: true, spikemode: 'across', spikesnap: 'hovered data' } as const

function silent(trace: Data): Data {
  if (trace.type !== 'scatter' || trace.hoverinfo === 'skip') return trace
  const { hovertemplate: _, ...drawn } = trace
  return { ...drawn, hoverinfo: 'none' }
}
