// What a chart shows: `loss` and `accuracy` are pairs of train and test, `gap` is reckoned, everything else is one metric key.
import { metrics } from '../api/spec.json'
import type { Column, Columns } from '../live/columns'
import type { Part } from '../view/search'

export interface ChartChoice {
  quantity: string
  pinned: boolean
  wide: boolean
  /** In pixels, where somebody has dragged it. */
  height?: number | undefined
}

export const DEFAULT_CHARTS: readonly string[] = ['accuracy', 'loss']

/** Pixels; nobody drags further, an address could say anything. */
const MOST_HEIGHT = 4000

/** `lr~wide~pin~474` */
export function readChart(text: string): ChartChoice {
  const [quantity = '', ...marks] = text.split('~')
  const height = marks.map(Number).find((each) => Number.isInteger(each) && each > 0 && each <= MOST_HEIGHT)
  return { quantity, pinned: marks.includes('pin'), wide: marks.includes('wide'), ...(height !== undefined && { height }) }
}

export const writeChart = ({ quantity, pinned, wide, height }: ChartChoice): string =>
  [quantity, ...(pinned ? ['pin'] : []), ...(wide ? ['wide'] : []), ...(height === undefined ? [] : [String(height)])].join('~')

/** Pinned charts come first, each group in its own order. */
export function readCharts(texts: readonly string[]): ChartChoice[] {
  const charts = texts.map(readChart)
  return [...charts.filter(({ pinned }) => pinned), ...charts.filter(({ pinned }) => !pinned)]
}

const PAIRS = ['loss', 'accuracy']

export const isPair = (quantity: string): boolean => PAIRS.includes(quantity)

/** Training minus test accuracy, both measured in eval mode at the same epochs. */
export const GAP = 'gap'
const GAP_OF = ['train_eval/accuracy', 'test/accuracy'] as const

const STEP_LOSS = 'step/loss'

export interface Line {
  key: string
  part: Part | null
}

/** The lines of each run in a chart of this quantity. */
export function linesOf(quantity: string, part: Part | undefined): Line[] {
  if (!isPair(quantity)) return [{ key: quantity, part: null }]
  return (['train', 'test'] as const).filter((each) => part === undefined || each === part).map((each) => ({ key: `${each}/${quantity}`, part: each }))
}

/** The metric keys to load for a chart of this quantity. */
export function keysOf(quantity: string): readonly string[] {
  if (quantity === GAP) return GAP_OF
  // The end of each epoch tells how many steps an epoch has.
  if (quantity === STEP_LOSS) return [STEP_LOSS, 'train/loss']
  return isPair(quantity) ? [`train/${quantity}`, `test/${quantity}`] : [quantity]
}

export function columnOf(columns: Columns, key: string): Column | undefined {
  return key === GAP ? gap(columns) : columns.get(key)
}

function gap(columns: Columns): Column | undefined {
  const [train, test] = GAP_OF.map((key) => columns.get(key))
  if (train === undefined || test === undefined) return undefined
  const tested = new Map(test.step.map((step, place) => [step, test.value[place] ?? null]))
  return {
    ...train,
    value: train.value.map((value, place) => {
      const other = tested.get(train.step[place] ?? -1) ?? null
      return value === null || other === null ? null : value - other
    }),
  }
}

/** Of a key the lab's own; the pairs are the page's. */
const TITLES: Readonly<Record<string, string>> = { ...metrics, loss: 'Loss', accuracy: 'Accuracy' }

/** One that the lab has no title for, `mine/top_speed`, as `Top speed (mine)`. */
export function titleOf(quantity: string): string {
  const known = TITLES[quantity]
  if (known !== undefined) return known
  const [first = '', ...rest] = quantity.split('/')
  const name = (rest.length > 0 ? rest.join(' ') : first).replaceAll('_', ' ')
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${rest.length > 0 ? ` (${first.replaceAll('_', ' ')})` : ''}`
}

export type Scale = 'share' | 'signed share' | 'positive'

export function scaleOf(quantity: string): Scale {
  if (quantity === GAP) return 'signed share'
  return quantity.endsWith('accuracy') ? 'share' : 'positive'
}
