// Seeds: how they are typed, and how many a comparison needs. Pure.
import { mostRuns, seedsPlanned } from '../api/spec.json'
import { asNumber, splitList } from './typed'

/** Of one launch; the server refuses more. */
export const MOST_RUNS = mostRuns

/** As many as the server plans for a claim: fewer cannot show that networks differ. */
export const COMPARING = `0-${seedsPlanned - 1}`

const ONE = '0'

/** `0, 2-4` is 0, 2, 3, 4. */
export function parseSeeds(text: string): (number | string)[] {
  const seeds = splitList(text).flatMap((part) => {
    const [, from, to] = /^(\d+)\s*-\s*(\d+)$/.exec(part) ?? []
    if (from === undefined || to === undefined) return [asNumber(part)]
    // A slip such as `0-99999999` must not fill the memory: one more than can be launched is enough to refuse it.
    const count = Math.min(Number(to) - Number(from) + 1, MOST_RUNS + 1)
    return Array.from({ length: Math.max(0, count) }, (_, place) => Number(from) + place)
  })
  return [...new Set(seeds)]
}

export const plannedSeeds = (networks: readonly string[]): string => (networks.length > 1 ? COMPARING : ONE)
