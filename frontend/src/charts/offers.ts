// The charts that can be added, from the logged keys. Pure.
import { keysOf, PAIRS } from '../model/quantities'

/** Train and test come as pairs; each other key is a chart of its own. Keys of several runs may repeat. */
export function offers(keys: readonly string[]): string[] {
  return [...new Set([...PAIRS, ...chartsOf(keys)])]
}

/** The charts that have at least one of the keys. */
export function chartsOf(keys: readonly string[]): string[] {
  const paired = new Set(PAIRS.flatMap(keysOf))
  const pairs = PAIRS.filter((pair) => keysOf(pair).some((key) => keys.includes(key)))
  return [...new Set([...pairs, ...keys.filter((key) => !paired.has(key))])]
}
