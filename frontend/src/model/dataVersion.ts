// On which version of its data set a run trained, for people and for comparisons. Pure.
import { isLabRun, type DatasetCard, type Run } from '../api/types'
import { groupBy } from '../lib/collections'
import { whole } from '../lib/format'

type OnData = Pick<Run, 'data' | 'epoch'>

const SHORT = 8

/** Empty before it is known; runs from before data sets had versions are on an unknown one. */
export function versionOf({ data, epoch }: OnData): string {
  if (!data) return epoch > 0 ? 'unknown' : ''
  return `version ${data.version}${data.sha256 ? ` (${data.sha256.slice(0, SHORT)})` : ''}${data.provenance === 'unverified' ? ', imported, not verified' : ''}`
}

/** `200 of 1,437 images` or `all 96 images`; null without a limit. The total is known of the current version only. */
export function limitInWords({ spec, data }: Pick<Run, 'spec' | 'data'>, card: Pick<DatasetCard, 'train_images' | 'version' | 'sha256'> | undefined): string | null {
  if (spec?.train_limit == null) return null
  const isCurrent = !data || data.version === card?.version
  const all = isCurrent ? card?.train_images : null
  if (all == null) return `at most ${whole(spec.train_limit)} images`
  return spec.train_limit < all ? `${whole(spec.train_limit)} of ${whole(all)} images` : `all ${whole(all)} images`
}

/** Equal for runs on the same images. */
export const contentOf = ({ data }: Pick<Run, 'data'>): string => (data ? (data.sha256 ?? `version ${data.version}`) : 'unknown')

/** Data sets of which these runs trained on different versions; one that has not begun counts for nothing. */
export function mixedVersions(runs: readonly (OnData & Pick<Run, 'spec'>)[]): string[] {
  const begun = runs.filter(isLabRun).filter(({ data, epoch }) => data != null || epoch > 0)
  return [...groupBy(begun, ({ spec }) => spec.dataset)].flatMap(([dataset, each]) => (new Set(each.map(contentOf)).size > 1 ? [dataset] : []))
}
