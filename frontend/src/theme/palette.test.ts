import { describe, expect, it } from 'vitest'

import { palette } from '../api/spec.json'
import { colourOf, dashOf, runStyles, markerOf, PLAIN_STYLE } from './palette'

/** The first eight own a colour. */
const NETWORKS = palette.networks

const found = (...models: string[]) =>
  [...runStyles(models.map((model, place) => ({ id: place + 1, model }))).values()].map((runStyle) => ({
    colour: colourOf(runStyle, 'light'),
    marker: markerOf(runStyle),
  }))

describe('runStyles', () => {
  it('give a network one colour, and its runs different markers', () => {
    const [first, other, second] = found('cnn', 'resnet18', 'cnn').map(({ marker }, place) => ({ marker, place }))
    expect(first?.marker).not.toBe(second?.marker)
    expect(first?.marker).toBe(other?.marker)
    const sameNetwork = runStyles([{ id: 1, model: 'cnn' }, { id: 2, model: 'cnn' }])
    expect(sameNetwork.get(1)?.hue).toBe(sameNetwork.get(2)?.hue)
  })

  it('stay while newer runs come', () => {
    const before = runStyles([{ id: 1, model: 'densenet' }])
    const after = runStyles([{ id: 9, model: 'densenet' }, { id: 1, model: 'densenet' }, { id: 8, model: 'own' }])
    expect(after.get(1)).toEqual(before.get(1))
  })

  it('of runs without a network differ, whatever else there is', () => {
    const alone = runStyles([{ id: 7, model: null }, { id: 8, model: null }, { id: 16, model: null }])
    expect(new Set([...alone.values()].map((each) => `${each.hue} ${each.variant}`)).size).toBe(3)
    expect(runStyles([{ id: 1, model: 'cnn' }, { id: 7, model: null }]).get(7)).toEqual(alone.get(7))
  })

  it('keep a network’s colour whichever others there are, in whatever order', () => {
    const colour = (...models: string[]) => runStyles(models.map((model, id) => ({ id, model }))).get(models.indexOf('resnet18'))?.hue
    expect([colour('resnet18'), colour('a_new_one', 'resnet18', 'cnn'), colour('zoo', 'plain20', 'resnet18')]).toEqual([1, 1, 1])
  })

  it('lend a network from further down a colour that is free', () => {
    const colours = found('cnn', 'resnet20', 'mine').map(({ colour }) => colour)
    expect(new Set(colours).size).toBe(3)
  })

  it('never repeat, even with every network at once', () => {
    const everything = found(...NETWORKS.flatMap((model) => Array.from({ length: 6 }, () => model)))
    expect(new Set(everything.map(({ colour, marker }) => `${colour} ${marker}`)).size).toBe(NETWORKS.length * 6)
  })

  it('are all of their own for thirty-six runs of one network', () => {
    expect(new Set(found(...Array.from({ length: 36 }, () => 'cnn')).map(({ colour, marker }) => `${colour} ${marker}`)).size).toBe(36)
  })

  it('tell thirty-six means of one network apart without any colour', () => {
    const seen = Array.from({ length: 36 }, (_, variant) => `${dashOf(variant)} ${markerOf({ ...PLAIN_STYLE, variant })}`)
    expect(new Set(seen).size).toBe(36)
  })

  it('are hex colours for both schemes', () => {
    for (const scheme of ['light', 'dark'] as const) {
      for (let variant = 0; variant < 7; variant += 1) {
        expect(colourOf({ ...PLAIN_STYLE, variant }, scheme)).toMatch(/^#[0-9a-f]{6}$/)
      }
    }
  })
})
