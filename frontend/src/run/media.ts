// The images that a client has logged, by their key and step. Pure.
import type { Artifact } from '../api/types'
import { groupBy } from '../lib/collections'

export interface Logged {
  key: string
  /** Ascending. */
  steps: readonly number[]
  /** The paths of the images of each step. */
  images: ReadonlyMap<number, readonly string[]>
}

const PLACE = /\/files\/media\/(.+)\/[^/]+$/

export function loggedImages(files: readonly Pick<Artifact, 'kind' | 'path' | 'step'>[]): Logged[] {
  const found = files.flatMap(({ kind, path, step }) => {
    const key = PLACE.exec(path)?.[1]
    return kind === 'image' && key !== undefined ? [{ key, path, step }] : []
  })
  return [...groupBy(found, ({ key }) => key)].sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, own]) => {
    const byStep = groupBy(own, ({ step }) => step)
    const steps = [...byStep.keys()].sort((a, b) => a - b)
    return { key, steps, images: new Map([...byStep].map(([step, images]) => [step, images.map(({ path }) => path).sort()])) }
  })
}
