// The runs that one click brings into the charts. Pure.
import type { Run } from '../api/types'
import { whole } from '../lib/format'

/** More curves than these in one chart tell nobody anything. */
const MOST_SHOWN = 60

export interface Plottable {
  ids: readonly number[]
  /** `all`, or how many there is room for. */
  which: string
}

/** `newestFirst`: all that are listed. */
export function plottable(newestFirst: readonly Pick<Run, 'id'>[]): Plottable {
  return {
    ids: newestFirst.slice(0, MOST_SHOWN).map(({ id }) => id).sort((a, b) => a - b),
    which: newestFirst.length > MOST_SHOWN ? `the newest ${whole(MOST_SHOWN)}` : 'all',
  }
}
