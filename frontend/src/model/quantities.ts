// What a chart shows: `loss` and `accuracy` are pairs of train and test, everything else is one metric key.
import type { components } from '../api/schema'
import { quantities } from '../api/spec.json'
import { capital } from '../lib/format'
import type { Part } from '../view/urlState'

/** Titles of the charts that draw train and test together. */
const PAIR_TITLES: Readonly<Record<string, string>> = { accuracy: 'Accuracy', loss: 'Loss' }

export const PAIRS: readonly string[] = Object.keys(PAIR_TITLES)

export const isPair = (quantity: string): boolean => PAIRS.includes(quantity)

const STEP_LOSS = 'step/loss'

export interface Line {
  key: string
  part: Part | null
}

/** The lines of each run in a chart of this quantity. A client may log a loss that says not of what. */
export function linesOf(quantity: string, part: Part | undefined): Line[] {
  if (!isPair(quantity)) return [{ key: quantity, part: null }]
  const parts = (['train', 'test'] as const).filter((each) => part === undefined || each === part)
  return [...parts.map((each) => ({ key: `${each}/${quantity}`, part: each })), ...(part === undefined ? [{ key: quantity, part: null }] : [])]
}

/** The metric keys to load for a chart of this quantity. */
export function keysOf(quantity: string): readonly string[] {
  // The ends of epochs give the number of steps per epoch.
  if (quantity === STEP_LOSS) return [STEP_LOSS, 'train/loss']
  return isPair(quantity) ? [`train/${quantity}`, `test/${quantity}`, quantity] : [quantity]
}

type Quantity = components['schemas']['Quantity']

/** The lab's own, from the build; those of plugins' metrics join once the server has listed them. */
const QUANTITIES = new Map((quantities as Quantity[]).map((each) => [each.key, each]))
const OWN: ReadonlySet<string> = new Set(QUANTITIES.keys())

/** Takes what the server lists. The lab's own stay as they are, and plugins' stay once known: their runs have values. */
export function learn(listed: readonly Quantity[]): void {
  for (const each of listed) if (!OWN.has(each.key)) QUANTITIES.set(each.key, each)
}

/** Those that are measured on a part of the data, plugins' among them. */
export const measuredOnAPart = (): Quantity[] => [...QUANTITIES.values()].filter(({ part }) => part != null)

/** Those of plugins' metrics and of clients, as far as the server has listed them. */
export const ofPlugins = (): Quantity[] => [...QUANTITIES.values()].filter(({ key }) => !OWN.has(key))

/** One that the lab has no title for, `mine/top_speed`, as `Top speed (mine)`. */
export function titleOf(quantity: string): string {
  const known = QUANTITIES.get(quantity)?.title ?? PAIR_TITLES[quantity]
  if (known !== undefined) return known
  const [first = '', ...rest] = quantity.split('/')
  const name = (rest.length > 0 ? rest.join(' ') : first).replaceAll('_', ' ')
  return `${capital(name)}${rest.length > 0 ? ` (${first.replaceAll('_', ' ')})` : ''}`
}

/** Undefined where the server has listed none. Of a pair: the test part's, which has the same unit and bounds. */
export const quantityOf = (quantity: string): Quantity | undefined => QUANTITIES.get(isPair(quantity) ? `test/${quantity}` : quantity)

/** An open share is a fraction whose bounds are not known, as of a plugin's metric. */
export type Scale = 'share' | 'open share' | 'signed share' | 'positive'

export function scaleOf(quantity: string): Scale {
  const { unit, lowest, difference } = quantityOf(quantity) ?? {}
  if (unit !== 'fraction') return 'positive'
  if (difference) return 'signed share'
  return lowest === 0 ? 'share' : 'open share'
}
