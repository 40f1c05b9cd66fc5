// Choices of networks at one click, each a question that its runs answer.
import type { ModelCard } from '../api/types'
import { COMPARING } from './draft'

export interface Preset {
  name: string
  /** What the runs will show. */
  question: string
  models: readonly string[]
  seeds: string
}

export const PRESETS: readonly [Preset, ...Preset[]] = [
  {
    // With a straight apostrophe: `skiplab report` finds the experiment by this name as it is typed.
    name: "The report's four networks",
    question: 'How do a plain CNN, a residual, a dense and a squeeze-and-excitation network compare? One run each, as in the report.',
    models: ['cnn', 'resnet18', 'densenet', 'se_resnet18_single'],
    seeds: '0',
  },
  {
    name: 'Plain or residual: depth 20 and 56',
    question: 'Does depth hurt without the skip connection?',
    models: ['plain20', 'plain56', 'resnet20', 'resnet56'],
    seeds: COMPARING,
  },
  {
    name: 'Where does the SE block go?',
    question: 'One gate at the end, one in every block, or none?',
    models: ['resnet18', 'se_resnet18_single', 'se_resnet18'],
    seeds: COMPARING,
  },
  {
    name: 'DenseNet stems',
    question: 'What does a stem made for large images cost on small ones?',
    models: ['densenet', 'densenet_cifar', 'densenet100_bc'],
    seeds: COMPARING,
  },
]

/** Those of the preset's networks that this lab offers. */
export function presetModels({ models }: Preset, offered: readonly ModelCard[]): string[] {
  return models.filter((key) => offered.some((card) => card.key === key))
}
