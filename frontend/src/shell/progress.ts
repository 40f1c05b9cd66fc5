// How far what is running is, in percent, for the window's title and icon. Pure.
import type { Run } from '../api/types'
import { ACTIVE } from '../model/status'

type Progress = Pick<Run, 'id' | 'status' | 'progress'> & { experiment?: { id: number } | null }

/** Of the run that is open, otherwise of all that run and what else their experiments have to do; null while nothing runs. */
export function shareOf(runs: Iterable<Progress>, open?: number): number | null {
  const all = [...runs]
  const running = all.filter(({ id, status }) => status === 'running' && (open === undefined || id === open))
  if (running.length === 0) return null
  const experiments = new Set(open === undefined ? running.flatMap(({ experiment }) => experiment?.id ?? []) : [])
  // Without the rest of its experiment, the total would drop with each run that ends.
  const counted = all.filter(({ progress }) => progress !== null).filter((run) => running.includes(run) || (run.experiment && experiments.has(run.experiment.id)))
  if (counted.length === 0) return null
  const done = counted.reduce((sum, { status, progress }) => sum + (ACTIVE.has(status) ? (progress ?? 0) : 1), 0)
  return Math.floor((100 * done) / counted.length)
}
