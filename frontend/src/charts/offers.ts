// The charts that can be added, from the logged keys. Pure.
import { keysOf, PAIRS } from '../model/quantities'

/** Train and test come as pairs; each other key is a chart of its own. Keys of several runs may repeat. */
export function offers(keys: readonly string[]): string[] {
  const paired = new Set(PAIRS.flatMap(keysOf))
  return [...new Set([...PAIRS, ...keys.filter((key) => !paired.has(key))])]
}
