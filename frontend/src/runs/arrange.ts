// Which runs the table lists, and in which groups. Pure.
import type { Run } from '../api/types'
import { groupBy } from '../ui/collections'
import type { Grouping, View } from '../view/search'

export type Filter = Pick<View, 'q' | 'status' | 'network' | 'dataset' | 'tag' | 'experiment' | 'archived'>

export const FILTERS = ['q', 'status', 'network', 'dataset', 'tag', 'experiment', 'archived'] as const satisfies readonly (keyof Filter)[]

export const isFiltered = (filter: Filter): boolean => FILTERS.some((name) => name !== 'archived' && filter[name] !== undefined)

/** Whether a run is listed: every filter that is given must fit, by any one of its choices. */
export function fits(run: Run, filter: Filter, networkName: (key: string) => string): boolean {
  const { status, network, dataset, tag, experiment } = filter
  return (
    (!run.archived || filter.archived === true) &&
    (!status || status.includes(run.status)) &&
    (!network || network.includes(run.spec.model)) &&
    (!dataset || dataset.includes(run.spec.dataset)) &&
    (!tag || tag.some((each) => run.tags.includes(each))) &&
    (!experiment || (run.experiment !== null && experiment.includes(run.experiment.id))) &&
    says(run, filter.q, networkName)
  )
}

/** Every word must be somewhere in what people call the run. */
function says(run: Run, q: string | undefined, networkName: (key: string) => string): boolean {
  if (q === undefined) return true
  const text = [run.id, run.name, run.note, run.spec.model, networkName(run.spec.model), run.spec.dataset, ...run.tags, run.experiment?.name ?? '']
    .join(' ')
    .toLowerCase()
  return q.toLowerCase().split(/\s+/).every((word) => text.includes(word))
}

export type Item<T> = { kind: 'run'; row: T } | { kind: 'group'; key: string; title: string; rows: readonly T[] }

/** The rows in their order, with a heading before each group; groups stand where their first row would. */
export function arranged<T>(rows: readonly T[], group: Grouping | undefined, titleOf: (row: T) => string): Item<T>[] {
  if (group === undefined) return rows.map((row) => ({ kind: 'run', row }))
  return [...groupBy(rows, titleOf)].flatMap(([title, members]): Item<T>[] => [
    { kind: 'group', key: `group ${title}`, title, rows: members },
    ...members.map((row): Item<T> => ({ kind: 'run', row })),
  ])
}

export function groupTitle(run: Run, group: Grouping, networkName: (key: string) => string): string {
  switch (group) {
    case 'experiment':
      return run.experiment?.name ?? 'No experiment'
    case 'network':
      return networkName(run.spec.model)
    case 'seed':
      return `Seed ${run.spec.seed}`
  }
}
