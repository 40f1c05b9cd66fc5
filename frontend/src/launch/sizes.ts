// Which networks take a data set's images. Pure; the lab refuses by the same rule.
import type { ModelCard } from '../api/types'

/** Pixels a side that the network needs where these images (channels, height, width) have fewer. */
export function sizeNeeded({ smallest }: Pick<ModelCard, 'smallest'>, shape: readonly number[] | null | undefined): number | undefined {
  if (smallest == null || shape == null) return undefined
  return Math.min(...shape.slice(1)) < smallest ? smallest : undefined
}

export const needs = (pixels: number): string => `needs at least ${pixels} × ${pixels}`

/** What was chosen before the data set was can still be unchosen. */
export function canChoose(card: Pick<ModelCard, 'key' | 'smallest'>, shape: Parameters<typeof sizeNeeded>[1], chosen: readonly string[]): boolean {
  return sizeNeeded(card, shape) === undefined || chosen.includes(card.key)
}
