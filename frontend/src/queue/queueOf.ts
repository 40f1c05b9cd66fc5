import type { Run } from '../api/types'

/**
 * The queued runs in their order. A run that is taken moves all behind it up, which no event of theirs tells: places
 * may be too large, but their order stays true.
 */
export function queueOf(runs: Iterable<Run>): Run[] {
  return [...runs]
    .filter(({ status }) => status === 'queued')
    .sort((a, b) => (a.queue_position ?? Infinity) - (b.queue_position ?? Infinity) || a.id - b.id)
}
