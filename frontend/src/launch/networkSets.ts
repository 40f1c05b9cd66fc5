// Choices of networks at one click, each a question that its runs answer.
import type { ModelCard } from '../api/types'
import { COMPARING } from './seeds'
import { needs, sizeNeeded } from './sizes'

export interface NetworkSet {
  name: string
  /** What the runs will show. */
  question: string
  models: readonly string[]
  seeds: string
}

export const NETWORK_SETS: readonly [NetworkSet, ...NetworkSet[]] = [
  {
    name: 'Plain CNN vs ResNet vs DenseNet vs SE-ResNet',
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

type Shape = Parameters<typeof sizeNeeded>[1]

/** Those of the set's networks that this lab offers, and that take images of this shape. */
export function modelsOf({ models }: NetworkSet, cards: readonly ModelCard[], shape: Shape): string[] {
  return models.filter((key) => cards.some((card) => card.key === key && sizeNeeded(card, shape) === undefined))
}

/** Which of them are not among these, and why; empty where all are, or while nothing is offered yet. */
export function leftOut(set: NetworkSet, cards: readonly ModelCard[], shape: Shape): string {
  const taken = modelsOf(set, cards, shape)
  const others = set.models.filter((key) => !taken.includes(key)).map((key) => {
    const card = cards.find((each) => each.key === key)
    const needed = card && sizeNeeded(card, shape)
    return needed === undefined ? `${key} (no worker offers it)` : `${card?.label ?? key} (${needs(needed)})`
  })
  return cards.length === 0 || others.length === 0 ? '' : `Left out: ${others.join(', ')}.`
}
