// How far the runs of a figure are, as a number that another epoch changes. Pure.
import type { Run } from '../api/types'
import { ACTIVE } from '../model/status'

/** A run that has ended counts nothing: a figure stays as it is when one comes that is older than the first page. */
export function versionOf(runs: readonly number[], held: ReadonlyMap<number, Pick<Run, 'status' | 'epoch'>>): number {
  return runs.reduce((sum, id) => {
    const run = held.get(id)
    return run && ACTIVE.has(run.status) ? sum + 1 + run.epoch : sum
  }, 0)
}
