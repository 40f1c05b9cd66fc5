// A chart as the address writes it: the quantity, and how the chart is placed. Pure.
export interface ChartChoice {
  quantity: string
  pinned: boolean
  wide: boolean
  /** In pixels, if it was resized. */
  height?: number | undefined
}

export const DEFAULT_CHARTS: readonly string[] = ['accuracy', 'loss']

/** Pixels: a limit for heights from a URL. */
const MOST_HEIGHT = 4000

/** `lr~wide~pin~474` */
export function readChart(text: string): ChartChoice {
  const [quantity = '', ...marks] = text.split('~')
  const height = marks.map(Number).find((each) => Number.isInteger(each) && each > 0 && each <= MOST_HEIGHT)
  return { quantity, pinned: marks.includes('pin'), wide: marks.includes('wide'), ...(height !== undefined && { height }) }
}

export const writeChart = ({ quantity, pinned, wide, height }: ChartChoice): string =>
  [quantity, ...(pinned ? ['pin'] : []), ...(wide ? ['wide'] : []), ...(height === undefined ? [] : [String(height)])].join('~')

/** Pinned charts first, otherwise in the given order. */
export function readCharts(texts: readonly string[]): ChartChoice[] {
  const charts = texts.map(readChart)
  return [...charts.filter(({ pinned }) => pinned), ...charts.filter(({ pinned }) => !pinned)]
}
