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
  /** Left out: the newest runs, whichever they are. */
  runs?: readonly number[]
  /** A column's id, with a minus in front for descending. Left out: newest first. */
  sort?: string
  /** Text to look for in the table. */
  q?: string
  status?: readonly Status[]
  network?: readonly string[]
  dataset?: readonly string[]
  tag?: readonly string[]
  experiment?: readonly number[]
  archived?: true
  group?: Grouping
  /** Columns beyond those that are always there. */
  columns?: readonly string[]
  /** The charts in their order; see `readChart`. Left out: accuracy and loss. */
  charts?: readonly string[]
  /** The charts with a logarithmic axis. */
  log?: readonly string[]
  /** The chart that fills the window. */
  max?: string
  /** Left out: epoch. */
  x?: XAxis
  /** Weight of the past, 0 to 0.99. Left out: not smoothed. */
  smooth?: number
  /** Left out: train and test. */
  part?: Part
  /** Averages over seeds, with this band. Left out: each run by itself. */
  mean?: Band
  tab?: string
  /** The run that the open one's settings are compared with. Left out: the defaults. */
  against?: number
  /** The epoch whose classes are shown. Left out: the newest, whichever it is. */
  epoch?: number
  /** The mistakes that are shown, as `3-5`: the true class, and what it was taken for. Left out: all. */
  pair?: string
  /** What is looked for in the log. Left out: all its lines. */
  sought?: string
  /** The claim that is open, as `report.C5`. */
  claim?: string
  /** The test accuracy that times are taken to. Left out: what the lab and each claim say. */
  target?: number
  /** The metric of the evidence's curves, the lab's or a plugin's. Left out: the test accuracy. */
  curve?: string
  /** What times to a target are in. Left out: epochs. */
  unit?: Clock
  /** What a row of the measures is. Left out: a cell. */
  rows?: MeasureRows
  /** What accuracy is held against. Left out: parameters. */
  cost?: Cost
  /** Two cells that are held against each other, each by a run of its own. Left out: the first two. */
  cells?: readonly number[]
  /** The network that stands beside the one that is open. */
  beside?: string
  /** Hides what is the same in a comparison. */
  differing?: true
  launch?: true
  /** The data set that the launch form begins with. */
  on?: string
  /** The run whose settings the launch form begins with. */
  clone?: number
  /** Clones all runs of that run's experiment. */
  whole?: true
}

/** How many of the newest runs the charts show while nobody has chosen. */
export const SHOWN_BY_DEFAULT = 8

/** From what stands in the address to a value; undefined for what makes no sense. */
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

/** In the order in which they stand in an address. */
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
  x: among(X_AXES.filter((axis) => axis !== 'epoch')),
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

/** From what stands after the question mark, or from a view: whatever makes no sense is left out. */
export function parseView(raw: Record<string, unknown>): View {
  const view: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(PARAMETERS)) {
    const value = raw[name] === undefined ? undefined : read(inAddress(raw[name]))
    if (value !== undefined) view[name] = value
  }
  return view
}

/** `?runs=1,2&sort=-best`, readable, and empty for the view that everyone starts with. */
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

/** The runs that the charts show. `newestFirst` are the ids of all that are known. */
export function shownRuns(view: View, newestFirst: readonly number[]): readonly number[] {
  return view.runs ?? newestFirst.slice(0, SHOWN_BY_DEFAULT)
}

/** Ids written one after the other: a text stays the same where a list would be another. */
export const idsIn = (text: string): number[] => text.split(',').filter(Boolean).map(Number)

export function toggled<T>(shown: readonly T[], item: T): readonly T[] {
  return shown.includes(item) ? shown.filter((each) => each !== item) : [...shown, item]
}
