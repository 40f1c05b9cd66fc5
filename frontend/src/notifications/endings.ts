// Which runs have ended since the last check, and the notification's text. Pure.
import type { Run, Status } from '../api/types'
import { plural } from '../lib/format'
import { bestText } from '../model/best'

/** Cancelled runs need no notification. */
const TOLD: ReadonlySet<Status> = new Set<Status>(['finished', 'failed'])

export const statuses = (runs: Iterable<Run>): ReadonlyMap<number, Status> => new Map([...runs].map(({ id, status }) => [id, status]))

/** Runs that were seen before in another status: what has ended before the page was opened is no news. */
export function endings(before: ReadonlyMap<number, Status>, runs: Iterable<Run>): Run[] {
  return [...runs].filter(({ id, status }) => TOLD.has(status) && before.has(id) && before.get(id) !== status)
}

export interface Notice {
  title: string
  body: string
  /** The run to open; null for several. */
  run: number | null
  /** Of two notices with the same tag, as from two tabs, a browser shows one. */
  tag: string
}

export function noticeOf(ended: readonly Run[]): Notice | null {
  const [first, ...others] = ended
  if (first === undefined) return null
  const tag = `skiplab-${ended.map(({ id }) => id).join('-')}`
  if (others.length === 0) return { title: `${first.name} has ${first.status}`, body: outcome(first), run: first.id, tag }
  const failed = ended.filter(({ status }) => status === 'failed').length
  const body = ended.map(({ name }) => name).join(', ')
  return { title: `${plural(ended.length, 'run')} have ended${failed > 0 ? `, ${failed} failed` : ''}`, body, run: null, tag }
}

function outcome({ status, reason, best, epoch }: Run): string {
  if (status === 'failed') return reason ?? 'No reason was recorded.'
  const done = plural(epoch, 'epoch')
  return best ? `${done}, best ${bestText(best)}` : done
}
