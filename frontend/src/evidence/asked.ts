// Which runs the page evaluates: an experiment's, or selected ones. Pure.
import type { Run } from '../api/types'
import { groupBy } from '../lib/collections'

export type Asked = { experiment: number } | { runs: readonly number[] }

export interface Known {
  id: number
  name: string
  runs: readonly Run[]
}

/** The experiments of the loaded runs, newest first. */
export function experimentsOf(runs: Iterable<Run>): Known[] {
  const own = [...runs].filter(({ archived, experiment }) => experiment !== null && !archived)
  return [...groupBy(own, ({ experiment }) => experiment?.id ?? 0)]
    .map(([id, members]) => ({ id, name: members[0]?.experiment?.name ?? '', runs: members }))
    .sort((a, b) => b.id - a.id)
}

/** What the address names, else the newest experiment, else the latest runs. One that cannot be an experiment's number asks for nothing. */
export function askedFor(path: string | undefined, chosen: readonly number[] | undefined, experiments: readonly Known[], newest: readonly number[]): Asked {
  const named = Number(path)
  if (Number.isSafeInteger(named) && named > 0) return { experiment: named }
  if (path !== undefined) return { runs: [] }
  if (chosen !== undefined && chosen.length > 0) return { runs: chosen }
  const [first] = experiments
  return first ? { experiment: first.id } : { runs: newest }
}

export function runsOf(asked: Asked, runs: ReadonlyMap<number, Run>): Run[] {
  if ('runs' in asked) return asked.runs.flatMap((id) => runs.get(id) ?? [])
  return [...runs.values()].filter(({ experiment }) => experiment?.id === asked.experiment)
}

/** Changes when a run is added or its status changes, which may change verdicts. */
export const stateOf = (runs: readonly Run[]): string => runs.map(({ id, status }) => `${id}${status}`).sort().join(' ')

export function queryOf(asked: Asked): { experiment: number } | { runs: string } {
  return 'runs' in asked ? { runs: asked.runs.join(',') } : asked
}
