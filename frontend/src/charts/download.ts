// Charts and tables as files.
import { formulaStarts } from '../api/spec.json'
import type { Settled } from '../live/store'
import { linesOf } from '../model/quantities'
import type { Curve } from './curve'
import type { Figure } from './curves'
import type { Plotly } from './painter'

const SIZE = { width: 1200, height: 700 }
/** Of one entry of the key, and of what stands above and below them all. */
const KEY_HEIGHTS = { entry: 20, around: 110 }

/** Image files have a legend on the right, and the height that it needs. */
export function downloadImage(plotly: Plotly, { data, layout }: Figure, format: 'png' | 'svg', name: string): Promise<unknown> {
  const entries = data.filter((trace) => !('showlegend' in trace) || trace.showlegend !== false).length
  const size = { ...SIZE, height: Math.max(SIZE.height, KEY_HEIGHTS.around + KEY_HEIGHTS.entry * entries) }
  const legend = { orientation: 'v', x: 1.02, xanchor: 'left', y: 1, yanchor: 'top' } as const
  // Exported images do not have the page's fonts: a legend measured with them would be cut off.
  const font = { family: 'system-ui, sans-serif' }
  const drawn = { data, layout: { ...layout, ...size, font, showlegend: true, legend, margin: { l: 70, r: 30, t: 40, b: 70 } } }
  return plotly.downloadImage(drawn, { format, filename: name, ...size })
}

/** Browsers read the URL after the click, some only once a dialog is answered. */
const REVOKED_AFTER_MS = 60_000

export function downloadText(text: string, name: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => { URL.revokeObjectURL(address) }, REVOKED_AFTER_MS)
}

type Cell = string | number | boolean | null | undefined

/** RFC 4180; texts that a spreadsheet would take for a formula are escaped. */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n'
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  const text = typeof cell === 'string' && formulaStarts.some((start) => cell.startsWith(start)) ? `'${cell}` : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Every point of the chart's curves, as measured. */
export function pointsCsv(quantity: string, curves: readonly Curve[], runs: ReadonlyMap<number, Settled>): string {
  const header = ['run', 'name', 'network', 'seed', 'key', 'epoch', 'step', 'time', 'value']
  const rows = curves.flatMap(({ run: id, columns }) => {
    const run = runs.get(id)
    return linesOf(quantity, undefined).flatMap(({ key }) => {
      const column = columns.get(key)
      if (column === undefined) return []
      return column.value.map((value, place) => [
        id, run?.name, run?.spec?.model, run?.spec?.seed, key, column.epoch[place], column.step[place], timeText(column.time[place]), value,
      ])
    })
  })
  return csv([header, ...rows])
}

const timeText = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString())
