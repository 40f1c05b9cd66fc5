// The measured values of one run as columns, and the ways they change. Pure: every change makes new columns.
import type { MetricsEvent, Series } from '../api/types'

/** When values were measured. Columns of a run that came together share it: most keys are measured at the same epochs. */
interface Stamps {
  readonly epoch: readonly number[]
  readonly step: readonly number[]
  /** In ms by the server's clock; the received strings would need several times the memory. */
  readonly time: readonly number[]
}

export interface Column extends Stamps {
  /** Null where the value was NaN or infinite. */
  readonly value: readonly (number | null)[]
}

/** Metric key to column. */
export type Columns = ReadonlyMap<string, Column>

export const NO_COLUMNS: Columns = new Map()

/** Of each series in an answer. A lab run has fewer; a client may log millions, of which the peaks are kept. */
export const MOST_POINTS = 20_000

const EMPTY: Column = { epoch: [], step: [], time: [], value: [] }

/** The columns of each run in a series answer. */
export function fromSeries(series: readonly Series[]): Map<number, Columns> {
  const runs = new Map<number, Map<string, Column>>()
  for (const { run, key, epoch, step, time, value } of series) {
    const columns = runs.get(run) ?? new Map<string, Column>()
    const stamps = { epoch, step, time: time.map((each) => Date.parse(each)) }
    const shared = [...columns.values()].find((other) => isSame(other, stamps)) ?? stamps
    runs.set(run, columns.set(key, { epoch: shared.epoch, step: shared.step, time: shared.time, value }))
  }
  return runs
}

const isSame = (a: Stamps, b: Stamps): boolean =>
  a.step.length === b.step.length &&
  a.step.every((step, place) => step === b.step[place] && a.epoch[place] === b.epoch[place] && a.time[place] === b.time[place])

/** Add the values of a finished epoch; earlier values of the same step are replaced. */
export function put(columns: Columns, { epoch, step, time, values }: MetricsEvent): Columns {
  const next = new Map(columns)
  const splice = splicer()
  for (const [key, value] of Object.entries(values)) {
    const column = columns.get(key) ?? EMPTY
    const place = column.step.findLastIndex((each) => each < step) + 1
    const replaced = column.step[place] === step ? 1 : 0
    next.set(key, splice(column, place, replaced, { epoch, step, time: Date.parse(time), value }))
  }
  return next
}

/** Drops every point after `step`. */
export function cut(columns: Columns, step: number): Columns {
  const next = new Map<string, Column>()
  const splice = splicer()
  for (const [key, column] of columns) {
    const kept = column.step.findIndex((each) => each > step)
    next.set(key, kept === -1 ? column : splice(column, kept, column.step.length - kept))
  }
  return next
}

/** Replaces every point after `since` by those of `later`. */
export function extend(columns: Columns, since: number, later: Columns): Columns {
  const next = new Map(cut(columns, since))
  for (const [key, { epoch, step, time, value }] of later) {
    const held = next.get(key) ?? EMPTY
    next.set(key, { epoch: [...held.epoch, ...epoch], step: [...held.step, ...step], time: [...held.time, ...time], value: [...held.value, ...value] })
  }
  return next
}

/** The highest step of any column; null without a point. */
export function lastStep(columns: Columns): number | null {
  const steps = [...columns.values()].flatMap(({ step }) => step.at(-1) ?? [])
  return steps.length === 0 ? null : Math.max(...steps)
}

interface Point {
  epoch: number
  step: number
  time: number
  value: number | null
}

/** Splices columns at the same step. Stamps that were shared before are spliced once and shared again. */
function splicer(): (column: Column, start: number, removed: number, point?: Point) => Column {
  const spliced = new Map<readonly number[], Stamps>()
  return (column, start, removed, point) => {
    const stamps = spliced.get(column.step) ?? {
      epoch: column.epoch.toSpliced(start, removed, ...(point ? [point.epoch] : [])),
      step: column.step.toSpliced(start, removed, ...(point ? [point.step] : [])),
      time: column.time.toSpliced(start, removed, ...(point ? [point.time] : [])),
    }
    spliced.set(column.step, stamps)
    return { ...stamps, value: column.value.toSpliced(start, removed, ...(point ? [point.value] : [])) }
  }
}
