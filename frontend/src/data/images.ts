// Where the lab serves the images of a data set. Pure.
import { ROOT } from '../api/root'

export type Split = 'train' | 'val' | 'test'

/** A version's number or hash: a picture of it never changes. Without one it is of the current version. */
export type Version = string | number | null | undefined

function address(version: Version, ...parts: readonly (string | number)[]): string {
  const url = new URL(`api/v1/datasets/${parts.map((part) => encodeURIComponent(part)).join('/')}`, ROOT)
  if (version != null) url.searchParams.set('version', String(version))
  return url.href
}

/** How the lab knows the images of a card or a run. */
export const versionIn = (known: { version?: number | null; sha256?: string | null } | null | undefined): Version => known?.sha256 ?? known?.version

/** Address of one image; `place` counts from 0. */
export const imageOf = (dataset: string, split: Split, place: number, version?: Version): string => address(version, dataset, 'images', split, place)

/** Some images of one class, side by side. */
export const samplesOf = (dataset: string, split: Split, label: number, version?: Version): string => address(version, dataset, 'samples', split, label)

/** What an augmentation makes of some training images of the current version, epoch by epoch. The fragment makes the browser ask again after an import. */
export const previewOf = (dataset: string, augment: string, current?: Version): string => `${address(null, dataset, 'previews', augment)}#${current ?? ''}`
