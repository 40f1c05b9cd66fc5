// Which part of a verdict is shown, and counts in words; the numbers' text comes from the server. Pure.
import { verdicts } from '../api/spec.json'
import type { ClaimEvidence, Judgement, PartVerdict, SetEvidence, Verdict } from '../api/types'
import { plural } from '../lib/format'

/** In the server's order. */
const VERDICTS = verdicts as readonly Verdict[]

/** The part that decides the verdict. */
export const decisive = ({ decisive: place, parts }: Judgement): PartVerdict | undefined => (place == null ? undefined : parts[place])

/** `3 supported, 1 refuted`: the verdicts of a set. */
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
