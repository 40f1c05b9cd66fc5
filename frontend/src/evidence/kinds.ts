// Names for the lab's figures, with what they were asked. Pure.
import { quantities } from '../api/spec.json'
import type { FigureLink } from '../api/types'
import { number } from '../lib/format'

const TITLES: Readonly<Record<string, string>> = {
  forest: 'Effects of the claims',
  curves: 'Curves, mean over seeds',
  gap: 'Generalisation gap',
  cost: 'Accuracy against cost',
  targets: 'Time to a target accuracy',
  gradients: 'Gradient flow',
  'gradient-ratio': 'First block against last',
  'update-ratio': 'Step by weight',
  'confusion-difference': 'Where two networks err differently',
}

const WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(quantities.map(({ key, title }) => [key, title.charAt(0).toLowerCase() + title.slice(1)])),
  flops: 'FLOPs',
}

/** `Time to a target accuracy: epochs, 60 %`. */
export function titleOf({ kind, options = {} }: FigureLink): string {
  const { target, ...others } = options
  const told = Object.values(others).map((value) => WORDS[value] ?? value)
  const parts = target === undefined ? told : [...told, `${number(100 * Number(target))} %`]
  const title = TITLES[kind] ?? kind
  return parts.length > 0 ? `${title}: ${parts.join(', ')}` : title
}

export const wordOf = (value: string): string => WORDS[value] ?? value
