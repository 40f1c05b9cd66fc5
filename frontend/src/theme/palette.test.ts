import { describe, expect, it } from 'vitest'

import { colourOf, looks, markerOf } from './palette'

const NETWORKS = ['cnn', 'resnet18']

describe('looks', () => {
  it('give a network one colour, and its runs different markers', () => {
    const found = looks([{ id: 1, model: 'cnn' }, { id: 2, model: 'resnet18' }, { id: 3, model: 'cnn' }], NETWORKS)
    expect(found.get(1)?.hue).toBe(found.get(3)?.hue)
    expect(found.get(1)?.hue).not.toBe(found.get(2)?.hue)
    expect(markerOf(found.get(1) ?? { hue: 0, variant: 9 })).not.toBe(markerOf(found.get(3) ?? { hue: 0, variant: 9 }))
  })

  it('stay while newer runs come', () => {
    const before = looks([{ id: 1, model: 'cnn' }], NETWORKS)
    const after = looks([{ id: 9, model: 'cnn' }, { id: 1, model: 'cnn' }, { id: 8, model: 'own' }], NETWORKS)
    expect(after.get(1)).toEqual(before.get(1))
  })

  it('never repeat within three rounds of networks and six runs of each', () => {
    const seen = new Set<string>()
    for (let hue = 0; hue < 24; hue += 1) {
      for (let variant = 0; variant < 6; variant += 1) {
        seen.add(`${colourOf({ hue, variant }, 'light')} ${markerOf({ hue, variant })}`)
      }
    }
    expect(seen.size).toBe(24 * 6)
  })

  it('are hex colours for both schemes', () => {
    for (const scheme of ['light', 'dark'] as const) {
      for (let variant = 0; variant < 7; variant += 1) expect(colourOf({ hue: 11, variant }, scheme)).toMatch(/^#[0-9a-f]{6}$/)
    }
  })
})
