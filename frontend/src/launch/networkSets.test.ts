import { describe, expect, it } from 'vitest'

import type { ModelCard } from '../api/types'
import { parseSeeds } from './seeds'
import { leftOut, modelsOf, NETWORK_SETS, type NetworkSet } from './networkSets'

describe('choices at one click', () => {
  const [report, ...comparisons] = NETWORK_SETS

  it('begin with the report’s networks, one run each', () => {
    expect(report.name).toBe('Plain CNN vs ResNet vs DenseNet vs SE-ResNet')
    expect(parseSeeds(report.seeds)).toEqual([0])
    expect(report.question).toContain('One run each')
  })

  it.each(comparisons)('compare over five seeds: $name', ({ seeds }) => {
    expect(parseSeeds(seeds)).toHaveLength(5)
  })
})

describe('a choice’s networks', () => {
  const set: NetworkSet = { name: '', question: '', models: ['cnn', 'resnet18', 'densenet'], seeds: '0' }
  const CARDS = [
    { key: 'cnn', label: 'Plain CNN', smallest: 8 },
    { key: 'densenet', label: 'DenseNet', smallest: 32 },
  ] as ModelCard[]

  it('are those that the lab offers and that take the images', () => {
    expect(modelsOf(set, CARDS, [3, 32, 32])).toEqual(['cnn', 'densenet'])
    expect(modelsOf(set, CARDS, [1, 8, 8])).toEqual(['cnn'])
    expect(modelsOf(set, CARDS, null)).toEqual(['cnn', 'densenet'])
  })

  it('are told of where they are left out', () => {
    expect(leftOut(set, CARDS, [1, 8, 8])).toBe('Left out: resnet18 (no worker offers it), DenseNet (needs at least 32 × 32).')
    expect(leftOut({ ...set, models: ['cnn'] }, CARDS, [1, 8, 8])).toBe('')
  })

  it('are not told of before any network is known', () => {
    expect(leftOut(set, [], null)).toBe('')
  })
})
