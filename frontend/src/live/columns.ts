// The measured values of one run as columns, and the three ways they change. Pure: every change makes new columns.
import type { MetricsEvent, Series } from '../api/types'

export interface Column {
  readonly epoch: readonly number[]
  readonly step: readonly number[]
  readonly time: readonly string[]
  /** Null where the value was NaN or infinite. */
  readonly value: readonly (number | null)[]
}

/** Metric key to column. */
export type Columns = ReadonlyMap<string, Column>

export const NO_COLUMNS: Columns = new Map()

const EMPTY: Column = { epoch: [], step: [], time: [], value: [] }

/** The columns of each run in a series answer. */
export function fromSeries(series: readonly Series[]): Map<number, Columns> {
  const runs = new Map<number, Map<string, Column>>()
  for (const { run, key, epoch, step, time, value } of series) {
    const columns = runs.get(run) ?? new Map<string, Column>()
    runs.set(run, columns.set(key, { epoch, step, time, value }))
  }
  return runs
}

/** Adds the values of a finished epoch; what is held for the same step already is replaced. */
export function put(columns: Columns, event: MetricsEvent): Columns {
  const next = new Map(columns)
  for (const [key, value] of Object.entries(event.values)) {
    next.set(key, putPoint(columns.get(key) ?? EMPTY, event, value))
  }
  return next
}

/** Drops every point after `step`. */
export function cut(columns: Columns, step: number): Columns {
  const next = new Map<string, Column>()
  for (const [key, column] of columns) {
    const kept = column.step.findIndex((each) => each > step)
    next.set(key, kept === -1 ? column : splice(column, kept, column.epoch.length - kept))
  }
  return next
}

function putPoint(column: Column, { epoch, step, time }: MetricsEvent, value: number | null): Column {
  const place = column.step.findLastIndex((each) => each < step) + 1
  const replaced = column.step[place] === step ? 1 : 0
  return splice(column, place, replaced, { epoch, step, time, value })
}

interface Point {
  epoch: number
  step: number
  time: string
  value: number | null
}

function splice(column: Column, start: number, removed: number, point?: Point): Column {
  return {
    epoch: column.epoch.toSpliced(start, removed, ...(point ? [point.epoch] : [])),
    step: column.step.toSpliced(start, removed, ...(point ? [point.step] : [])),
    time: column.time.toSpliced(start, removed, ...(point ? [point.time] : [])),
    value: column.value.toSpliced(start, removed, ...(point ? [point.value] : [])),
  }
}
