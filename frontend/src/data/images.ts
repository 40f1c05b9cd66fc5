// Where the lab serves the images of a data set. Pure.
import { ROOT } from '../api/root'

export type Split = 'train' | 'test'

const address = (...parts: readonly (string | number)[]): string =>
  new URL(`api/v1/datasets/${parts.map((part) => encodeURIComponent(part)).join('/')}`, ROOT).href

/** One image as it is; `place` counts from 0. */
export const imageOf = (dataset: string, split: Split, place: number): string => address(dataset, 'images', split, place)

/** Some images of one class, side by side; of a version by its hash, so that no older picture stands in for it. */
export const samplesOf = (dataset: string, split: Split, label: number, sha256?: string | null): string =>
  `${address(dataset, 'samples', split, label)}${sha256 ? `?version=${sha256}` : ''}`

/** What an augmentation makes of some training images, epoch by epoch. */
export const previewOf = (dataset: string, augment: string): string => address(dataset, 'previews', augment)
