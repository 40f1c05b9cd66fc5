// What the lab derived of each run, as columns of the table. Pure.
import type { Measured, MeasureCard } from '../api/types'
import { capital, percentOf } from '../lib/format'
import type { Attribute } from '../model/attributes'

/** Measures by run id. */
export type Values = ReadonlyMap<number, Measured['runs'][number]>

/** One attribute a measure; a run that is not among the values has none yet. */
export function measureAttributes(cards: readonly MeasureCard[], values: Values, target: number): Attribute[] {
  return cards.map(({ key, label, kind }) => ({
    id: key,
    title: kind === 'time' ? `${capital(label)} (${percentOf(target)})` : capital(label),
    value: ({ id }) => values.get(id)?.values[key] ?? undefined,
    text: ({ id }) => values.get(id)?.texts[key] ?? '',
  }))
}

export function valuesOf(answers: readonly (Measured | undefined)[]): Values {
  return new Map(answers.flatMap((answer) => answer?.runs.map((each) => [each.run, each] as const) ?? []))
}

/** Ids in parts of this many: the table fills from the top, and no request grows without end. */
export function chunks(ids: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, place) => ids.slice(place * size, (place + 1) * size))
}
