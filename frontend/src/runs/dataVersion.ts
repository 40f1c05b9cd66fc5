// On which version of its data set a run trained, for people and for comparisons. Pure.
import type { Run } from '../api/types'
import { groupBy } from '../ui/collections'

type OnData = Pick<Run, 'data' | 'epoch'>

const SHORT = 8

/** Empty before it is known; runs from before data sets had versions are on an unknown one. */
export function versionOf({ data, epoch }: OnData): string {
  if (!data) return epoch > 0 ? 'unknown' : ''
  return `version ${data.version}${data.sha256 ? ` (${data.sha256.slice(0, SHORT)})` : ''}${data.provenance === 'unverified' ? ', imported, not verified' : ''}`
}

/** Equal for runs on the same images. */
export const contentOf = ({ data }: Pick<Run, 'data'>): string => (data ? (data.sha256 ?? `version ${data.version}`) : 'unknown')

/** Data sets of which these runs trained on different versions; one that has not begun counts for nothing. */
export function mixedVersions(runs: readonly (OnData & Pick<Run, 'spec'>)[]): string[] {
  const begun = runs.filter(({ data, epoch }) => data != null || epoch > 0)
  return [...groupBy(begun, ({ spec }) => spec.dataset)].flatMap(([dataset, each]) => (new Set(each.map(contentOf)).size > 1 ? [dataset] : []))
}
