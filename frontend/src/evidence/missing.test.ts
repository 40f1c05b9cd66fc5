import { describe, expect, it } from 'vitest'

import type { ClaimEvidence, LaunchOffer } from '../api/types'
import { countRuns, launchesOf, wantedOf } from './missing'

const offer = (model: string[], seed: number[], spec: Record<string, unknown> = { dataset: 'digits', epochs: 4 }): LaunchOffer =>
  ({ name: 'x', vary: { model, seed }, spec, runs: model.length * seed.length, seconds: null })

const claim = (id: string, ...launches: LaunchOffer[]): ClaimEvidence => ({ id, missing: { why: '', launches } }) as unknown as ClaimEvidence

const CLAIMS = [
  claim('C5', offer(['cnn', 'resnet18'], [0, 1, 2])),
  claim('C6', offer(['densenet'], [0, 1, 2]), offer(['resnet18'], [2, 3], { epochs: 4, dataset: 'digits' })),
  claim('C7'),
]

describe('what is missing', () => {
  const wanted = wantedOf([{ claims: CLAIMS }])

  it('is one line a network, with every claim that it serves and all seeds that they ask for', () => {
    expect(wanted.map(({ model, seeds, claims }) => [model, seeds, claims])).toEqual([
      ['resnet18', [0, 1, 2, 3], ['C5', 'C6']],
      ['cnn', [0, 1, 2], ['C5']],
      ['densenet', [0, 1, 2], ['C6']],
    ])
    expect(countRuns(wanted)).toBe(10)
  })

  it('keeps recipes apart', () => {
    const other = claim('C8', offer(['cnn'], [0], { dataset: 'digits', epochs: 9 }))
    expect(wantedOf([{ claims: [...CLAIMS, other] }]).filter(({ model }) => model === 'cnn')).toHaveLength(2)
  })

  it('is launched in as few requests as there are recipes and lists of seeds', () => {
    expect(launchesOf(wanted).map(({ vary }) => vary)).toEqual([
      { model: ['resnet18'], seed: [0, 1, 2, 3] },
      { model: ['cnn', 'densenet'], seed: [0, 1, 2] },
    ])
  })

  it('is nothing where nothing is', () => {
    expect(wantedOf([{ claims: [claim('C7'), { id: 'C1', missing: null } as ClaimEvidence] }])).toEqual([])
  })
})
