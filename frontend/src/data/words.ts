// Imports in words. Pure.
import type { components } from '../api/schema'
import type { Import } from '../api/types'
import { plural, whole } from '../ui/format'

export function inWords({ status, images, images_done: done }: Import): string {
  switch (status) {
    case 'waiting':
      return 'Waiting for a worker'
    case 'inspecting':
      return images > 0 ? `Inspecting: ${whole(done)} of ${whole(images)} images` : 'Inspecting'
    case 'found':
      return 'Inspected: not imported yet'
    case 'importing':
      return images > 0 ? `Importing: ${whole(done)} of ${whole(images)} images` : 'Importing'
    case 'done':
      return 'Imported'
    case 'failed':
      return 'Failed'
    case 'cancelled':
      return 'Cancelled'
  }
}

type Found = components['schemas']['Found']

/** `8 training and 4 test images in 2 classes` */
export function foundInWords({ splits = [], classes = [] }: Found): string {
  const parts = splits.map(({ split, images }) => `${whole(images)} ${SPLITS[split]}`)
  return `${parts.join(', ').replace(/, ([^,]*)$/, ' and $1')} images in ${plural(classes.length, 'class', 'classes')}`
}

export const SPLITS: Readonly<Record<components['schemas']['FoundSplit']['split'], string>> = { train: 'training', val: 'validation', test: 'test' }
