// The title of a chart's x axis, written by the page below the drawing. For a title of its own Plotly measures every label
// of the axis with each drawing, and keeps what it measured. Pictures and files are made of the whole figure. Pure.
import type { Figure } from './curves'

export function captioned({ data, layout }: Figure): { figure: Figure; caption: string } {
  const { title, ...xaxis } = layout.xaxis ?? {}
  const caption = typeof title === 'object' ? title.text : title
  return { figure: { data, layout: { ...layout, xaxis } }, caption: caption ?? '' }
}
