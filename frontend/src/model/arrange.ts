// Which runs the table lists, and in which groups. Pure.
import type { Run } from '../api/types'
import { groupBy } from '../lib/collections'
import type { Grouping, View } from '../view/urlState'

export type Filter = Pick<View, 'q' | 'status' | 'network' | 'dataset' | 'tag' | 'experiment' | 'archived'>

export const FILTERS = ['q', 'status', 'network', 'dataset', 'tag', 'experiment', 'archived'] as const satisfies readonly (keyof Filter)[]

/** The ids of runs that are not archived. */
export function newestFirst(runs: Iterable<Pick<Run, 'id' | 'archived'>>): number[] {
  return [...runs].filter(({ archived }) => !archived).map(({ id }) => id).sort((a, b) => b - a)
}

export const isFiltered = (filter: Filter): boolean => FILTERS.some((name) => name !== 'archived' && filter[name] !== undefined)

/** Whether a run is listed: every filter that is given must fit, by any one of its choices. */
export function fits(run: Run, filter: Filter, networkName: (key: string) => string): boolean {
  const { status, network, dataset, tag, experiment } = filter
  return (
    (!run.archived || filter.archived === true) &&
    (!status || status.includes(run.status)) &&
    (!network || (run.spec !== null && network.includes(run.spec.model))) &&
    (!dataset || (run.spec !== null && dataset.includes(run.spec.dataset))) &&
    (!tag || tag.some((each) => run.tags.includes(each))) &&
    (!experiment || (run.experiment !== null && experiment.includes(run.experiment.id))) &&
    says(run, filter.q, networkName)
  )
}

/** Every word must be somewhere in what people call the run. */
function says(run: Run, q: string | undefined, networkName: (key: string) => string): boolean {
  if (q === undefined) return true
  const asked = run.spec ? [run.spec.model, networkName(run.spec.model), run.spec.dataset] : [run.kind]
  const text = [run.id, run.name, run.note, ...asked, ...run.tags, run.experiment?.name ?? '']
    .join(' ')
    .toLowerCase()
  return q.toLowerCase().split(/\s+/).every((word) => text.includes(word))
}

export type Item<T> = { kind: 'run'; row: T } | { kind: 'group'; key: string; title: string; rows: readonly T[] }

/** The group that a row is in. */
export interface Group {
  /** What makes it one group: two may have the same title. */
  key: string
  title: string
}

/** The rows in order, with a heading before each group; a group takes the position of its first row. */
export function arranged<T>(rows: readonly T[], groupOf: ((row: T) => Group) | undefined): Item<T>[] {
  if (groupOf === undefined) return rows.map((row) => ({ kind: 'run', row }))
  const groups = [...groupBy(rows, (row) => groupOf(row).key)].flatMap(([key, [first, ...others]]) =>
    first === undefined ? [] : [{ key, title: groupOf(first).title, rows: [first, ...others] }],
  )
  const called = groupBy(groups, ({ title }) => title)
  return groups.flatMap(({ key, title, rows: members }): Item<T>[] => [
    { kind: 'group', key: `group ${key}`, title: (called.get(title)?.length ?? 0) > 1 ? `${title} (${key})` : title, rows: members },
    ...members.map((row): Item<T> => ({ kind: 'run', row })),
  ])
}

export function groupOf(run: Run, by: Grouping, networkName: (key: string) => string): Group {
  const { experiment, spec } = run
  switch (by) {
    case 'experiment':
      return experiment ? { key: `#${experiment.id}`, title: experiment.name } : { key: 'none', title: 'No experiment' }
    case 'network':
      return spec ? { key: spec.model, title: networkName(spec.model) } : { key: 'none', title: 'No network' }
    case 'seed':
      return spec ? { key: String(spec.seed), title: `Seed ${spec.seed}` } : { key: 'none', title: 'No seed' }
  }
}
