// The state of the page that its URL holds, and the list of these parameters. The colour scheme is not among them: it belongs to the browser, not to a link.
import { defaultOf, optionOf, type FigureKind } from '../api/figures'
import { statuses } from '../api/spec.json'
import type { Clock, Cost, Status } from '../api/types'

export const X_AXES = ['epoch', 'step', 'time', 'images', 'compute'] as const
export type XAxis = (typeof X_AXES)[number]

export const PARTS = ['train', 'test'] as const
export type Part = (typeof PARTS)[number]

export const BANDS = ['sd', 'ci'] as const
export type Band = (typeof BANDS)[number]

export const GROUPINGS = ['experiment', 'network', 'seed'] as const
export type Grouping = (typeof GROUPINGS)[number]

export const MEASURE_ROWS = ['cells', 'runs'] as const
export type MeasureRows = (typeof MEASURE_ROWS)[number]

export const STATUSES = statuses as readonly Status[]

export interface View {
  /** Left out: the latest runs. */
  runs?: readonly number[]
  /** A column's id, with a minus in front for descending. Left out: newest first. */
  sort?: string
  /** Search text of the table. */
  q?: string
  status?: readonly Status[]
  network?: readonly string[]
  dataset?: readonly string[]
  tag?: readonly string[]
  experiment?: readonly number[]
  archived?: true
  group?: Grouping
  /** Columns besides the fixed ones. */
  columns?: readonly string[]
  /** The charts in order; see `readChart`. Left out: accuracy and loss, and what clients have logged. */
  charts?: readonly string[]
  /** The charts with a logarithmic axis. */
  log?: readonly string[]
  /** The maximised chart. */
  max?: string
  /** Left out: epoch, or step where a run is logged without epochs. */
  x?: XAxis
  /** Weight of the past, 0 to 0.99. Left out: not smoothed. */
  smooth?: number
  /** Left out: train and test. */
  part?: Part
  /** Means over seeds, with this band. Left out: individual runs. */
  mean?: Band
  tab?: string
  /** The run to compare the open one's settings with. Left out: the defaults. */
  against?: number
  /** Epoch of the confusion matrix. Left out: the latest. */
  epoch?: number
  /** The errors to show, as `3-5`: true and predicted class. Left out: all. */
  pair?: string
  /** Search text of the log. Left out: all lines. */
  sought?: string
  /** The open claim, such as `report.C5`. */
  claim?: string
  /** Target test accuracy of times. Left out: the default and that of each claim. */
  target?: number
  /** The metric of the evidence's curves, also a plugin's. Left out: the server's default. */
  curve?: string
  /** Unit of times to a target. Left out: the server's default. */
  unit?: Clock
  /** A row of the measures. Left out: a configuration. */
  rows?: MeasureRows
  /** The cost in the figure of accuracy against cost. Left out: the server's default. */
  cost?: Cost
  /** Two configurations to compare, each by one of its runs. Left out: the first two. */
  cells?: readonly number[]
  /** The network to compare the open one with. */
  beside?: string
  /** Only differences in a comparison. */
  differing?: true
  launch?: true
  /** Initial data set of the launch form. */
  on?: string
  /** The run to duplicate in the launch form. */
  clone?: number
  /** Duplicate all runs of its experiment. */
  whole?: true
}

/** Number of latest runs in the charts without a selection. */
export const SHOWN_BY_DEFAULT = 8

/** Parse a parameter; undefined if it is invalid. */
type Read<T> = (text: string) => T | undefined

const among = <T extends string>(choices: readonly T[]): Read<T> => (text) => choices.find((choice) => choice === text)

/** One of the choices of a figure's option but its default, which an address leaves out. */
function figureOption<T extends string>(kind: FigureKind, name: string): Read<T> {
  const { choices = [], default: byDefault } = optionOf(kind, name) ?? {}
  return among(choices.map(({ value }) => value as T).filter((value) => value !== byDefault))
}

const flag: Read<true> = (text) => (text === '1' ? true : undefined)

const word: Read<string> = (text) => text.trim() || undefined

const several = <T>(read: Read<T>): Read<readonly T[]> => (text) => {
  const items = text.split(',').filter(Boolean).map((item) => read(item.replaceAll('%2C', ',')))
  const good = [...new Set(items.filter((item) => item !== undefined))]
  return good.length > 0 ? good : undefined
}

const id: Read<number> = (text) => {
  const number = Number(text)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

const twoRuns: Read<readonly number[]> = (text) => {
  const found = several(id)(text)
  return found?.length === 2 ? found : undefined
}

const share: Read<number> = (text) => {
  const number = Number(text)
  return number > 0 && number < 1 ? Math.min(0.99, Math.round(number * 100) / 100) : undefined
}

/** By a column: an attribute, a measure, or the key of a plugin's metric. */
const sorting: Read<string> = (text) => (/^-?[a-z0-9][a-z0-9_./-]*$/.test(text) && text !== '-id' ? text : undefined)

/** In their order in a URL. */
const PARAMETERS: { readonly [Name in keyof View]-?: Read<NonNullable<View[Name]>> } = {
  // No run at all is a choice, too.
  runs: (text) => several(id)(text) ?? [],
  sort: sorting,
  q: word,
  status: several(among(STATUSES)),
  network: several(word),
  dataset: several(word),
  tag: several(word),
  experiment: several(id),
  archived: flag,
  group: among(GROUPINGS),
  columns: several(word),
  charts: several(word),
  log: several(word),
  max: word,
  x: among(X_AXES),
  smooth: share,
  part: among(PARTS),
  mean: among(BANDS),
  tab: word,
  against: id,
  epoch: id,
  pair: word,
  sought: word,
  claim: word,
  target: share,
  curve: (text) => (text === defaultOf('curves', 'key') ? undefined : word(text)),
  unit: figureOption<Clock>('targets', 'time'),
  rows: among(MEASURE_ROWS.filter((rows) => rows !== 'cells')),
  cost: figureOption<Cost>('cost', 'x'),
  cells: twoRuns,
  beside: word,
  differing: flag,
  launch: flag,
  on: word,
  clone: id,
  whole: flag,
}

/** Parse a query, or a view; invalid parameters are dropped. */
export function parseView(raw: Record<string, unknown>): View {
  const view: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(PARAMETERS)) {
    const value = raw[name] === undefined ? undefined : read(inAddress(raw[name]))
    if (value !== undefined) view[name] = value
  }
  return view
}

/** `?runs=1,2&sort=-best`, readable; empty for the default view. */
export function writeView(view: View): string {
  const parts = Object.keys(PARAMETERS).flatMap((name) => {
    const value = view[name as keyof View]
    return value === undefined ? [] : [`${name}=${readable(inAddress(value))}`]
  })
  return parts.length > 0 ? `?${parts.join('&')}` : ''
}

export function parseQuery(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query))
}

function inAddress(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => String(item).replaceAll(',', '%2C')).join(',')
  return value === true ? '1' : String(value)
}

const readable = (text: string): string => encodeURIComponent(text).replaceAll('%2C', ',').replaceAll('%2F', '/')

/** The runs that the charts show. `newestFirst`: ids of all known runs. */
export function shownRuns(view: View, newestFirst: readonly number[]): readonly number[] {
  return view.runs ?? newestFirst.slice(0, SHOWN_BY_DEFAULT)
}

/** Parse joined ids: unlike arrays, equal strings are identical, as hooks' dependencies need. */
export const idsIn = (text: string): number[] => text.split(',').filter(Boolean).map(Number)

export function toggled<T>(shown: readonly T[], item: T): readonly T[] {
  return shown.includes(item) ? shown.filter((each) => each !== item) : [...shown, item]
}
