// Choices of networks at one click.
import type { ModelCard } from '../api/types'

export interface Preset {
  name: string
  models: readonly string[]
}

export const PRESETS: readonly [Preset, ...Preset[]] = [
  { name: 'The report’s four networks', models: ['cnn', 'resnet18', 'densenet', 'se_resnet18_single'] },
]

/** Those of the preset's networks that this lab offers. */
export function presetModels({ models }: Preset, offered: readonly ModelCard[]): string[] {
  return models.filter((key) => offered.some((card) => card.key === key))
}
