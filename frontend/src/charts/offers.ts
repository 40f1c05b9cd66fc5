// The charts that can be added for runs that have logged these keys. Pure.
import { isPair } from '../model/quantities'

/** Train and test come as pairs; each other key is a chart of its own. Keys of several runs may repeat. */
export function offers(keys: readonly string[]): string[] {
  const alone = keys.filter((key) => !/^(train|test)\//.test(key) || !isPair(key.slice(key.indexOf('/') + 1)))
  return [...new Set(['accuracy', 'loss', ...alone])]
}
