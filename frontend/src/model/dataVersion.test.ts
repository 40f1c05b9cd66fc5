import { describe, expect, it } from 'vitest'

import type { Run } from '../api/types'
import { limitInWords, mixedVersions, versionOf } from './dataVersion'

const run = (version: number | null, { epoch = 1, dataset = 'pets', sha256 = String(version).repeat(64) } = {}) =>
  ({ epoch, spec: { dataset }, data: version === null ? null : { version, sha256, provenance: 'imported' } }) as unknown as Run

describe('the version of a run’s data', () => {
  it('is named by number and hash, and unknown of old runs', () => {
    expect(versionOf(run(2))).toBe('version 2 (22222222)')
    expect(versionOf(run(null))).toBe('unknown')
    expect(versionOf(run(null, { epoch: 0 }))).toBe('')
  })

  it('says that images under a published name were not verified', () => {
    const { data } = run(1)
    expect(versionOf({ epoch: 1, data: data ? { ...data, provenance: 'unverified' } : null })).toBe('version 1 (11111111), imported, not verified')
  })

  it('tells how many of its own images a limited run takes', () => {
    const limited = (limit: number | null, version: number | null = null) => ({ ...run(version), spec: { train_limit: limit } }) as unknown as Run
    const card = { train_images: 96, version: 2 }
    expect(limitInWords(limited(null), card)).toBeNull()
    expect(limitInWords(limited(50), card)).toBe('50 of 96 images')
    expect(limitInWords(limited(200, 2), card)).toBe('all 96 images')
    expect(limitInWords(limited(200, 1), card)).toBe('at most 200 images')
    expect(limitInWords(limited(200), undefined)).toBe('at most 200 images')
  })

  it('is mixed where runs on one data set trained on other images', () => {
    expect(mixedVersions([run(1), run(2)])).toEqual(['pets'])
    expect(mixedVersions([run(1), run(null)])).toEqual(['pets'])
    expect(mixedVersions([run(1), run(3, { sha256: '1'.repeat(64) })])).toEqual([])
    expect(mixedVersions([run(1), run(2, { dataset: 'cars' })])).toEqual([])
    expect(mixedVersions([run(1), run(null, { epoch: 0 })])).toEqual([])
  })
})
