// The runs that one click brings into the charts. Pure.
import type { Run } from '../api/types'
import { whole } from '../ui/format'

/** More curves than these in one chart tell nobody anything. */
const MOST_SHOWN = 60

export interface Showable {
  ids: readonly number[]
  /** `all`, or how many there is room for. */
  which: string
}

/** `newestFirst`: all that are listed. */
export function showable(newestFirst: readonly Pick<Run, 'id'>[]): Showable {
  return {
    ids: newestFirst.slice(0, MOST_SHOWN).map(({ id }) => id).sort((a, b) => a - b),
    which: newestFirst.length > MOST_SHOWN ? `the newest ${whole(MOST_SHOWN)}` : 'all',
  }
}
