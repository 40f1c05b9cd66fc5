// What a verdict rests on, as people read it. Pure.
import type { CellSummary, ClaimEvidence, Judgement, PartVerdict, SetEvidence, Verdict } from '../api/types'
import { number, plural, whole } from '../lib/format'

export const VERDICTS: readonly Verdict[] = ['supported', 'refuted', 'inconclusive', 'untested']

/** A value of a measure in its unit: fractions as percent, large numbers whole. */
export function quantity(value: number, unit: string): string {
  if (unit === '%') return `${fixed(100 * value)} %`
  return `${plain(value)} ${unit}`.trim()
}

/** A difference: of fractions in points. */
export function difference(value: number, unit: string): string {
  const sign = value > 0 ? '+' : ''
  return unit === '%' ? `${sign}${fixed(100 * value)} points` : `${sign}${plain(value)} ${unit}`.trim()
}

export function interval({ low, high, covers, unit }: PartVerdict): string {
  if (low == null || high == null || covers == null) return ''
  const end = (value: number): string => (unit === '%' ? fixed(100 * value) : plain(value))
  return `${end(low)} to ${end(high)} (${number(100 * covers)} %)`
}

/** `3 / 5`: one number for each cell, one alone where all are equal; the pairs where a claim is of pairs. */
export function seeds({ roles, pairs }: PartVerdict): string {
  if (pairs != null) return plural(pairs, 'pair')
  const counts = roles.map(({ n }) => n)
  return new Set(counts).size === 1 ? String(counts[0]) : counts.join(' / ')
}

/** Mean ± sd over the seeds, and how many got to a target when not all did. */
export function summary({ mean, sd, n, reached }: CellSummary, unit: string): string {
  const scale = unit === '%' ? 100 : 1
  const shown = unit === '%' ? fixed(100 * mean) : plain(mean)
  const spread = sd === null || sd <= 1e-9 * Math.abs(mean) ? '' : ` ± ${unit === '%' ? fixed(scale * sd) : plain(sd)}`
  const arrived = reached == null || reached === n ? '' : ` (${reached} of ${n})`
  return `${shown}${spread}${arrived}`
}

/** Which look it is and what it may spend. */
export function look({ look: seen, level }: Judgement): string {
  if (seen === 0) return `First look, level ${number(level)}.`
  return `Look ${seen + 1}: seeds were added after a verdict could be seen, so the level is 0.05 / ${2 ** seen} = ${number(level)}.`
}

/** The part that tells: the first that decides and has the judgement's own verdict. */
export function telling({ verdict, parts }: Judgement): PartVerdict | undefined {
  const deciding = parts.filter(({ decides }) => decides)
  return deciding.find((part) => part.verdict === verdict) ?? deciding[0]
}

export const against = ({ roles }: Judgement): string => [...new Set(Object.values(roles))].join(' against ')

/** `3 supported, 1 refuted`: how a set stands. */
export function tally({ claims }: SetEvidence): string {
  const counts = VERDICTS.map((verdict) => [verdict, claims.filter((claim) => claim.verdict === verdict).length] as const)
  return counts.filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`).join(', ')
}

export const adjusted = ({ judgements }: ClaimEvidence): Verdict | null => judgements[0]?.adjusted_verdict ?? null

/** `seeds 0 to 4`, `seed 3`, `seeds 1, 3, 4`. */
export function seedList(list: readonly number[]): string {
  const [first = 0, last = 0] = [list[0], list.at(-1)]
  if (list.length === 1) return `seed ${first}`
  const unbroken = list.length > 2 && last - first === list.length - 1
  return unbroken ? `seeds ${first} to ${last}` : `seeds ${list.join(', ')}`
}

export const runCount = (count: number): string => plural(count, 'run')

const fixed = (value: number): string => (Math.abs(value) >= 0.995 || value === 0 ? value.toFixed(2) : value.toPrecision(2))

/** Three digits: seeds spread far more than the fourth could say. */
const plain = (value: number): string => (Math.abs(value) >= 1000 ? whole(Math.round(value)) : number(Number(value.toPrecision(3))))
