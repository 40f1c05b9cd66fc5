import { describe, expect, it } from 'vitest'

import type { Block as CardBlock, BlockLayer } from '../api/types'
import { chosen, distinct, readBlocks } from './blocks'

const conv = (from: number, to: number, kernel = 3, stride = 1): BlockLayer => ({ kernel: [kernel, kernel], stride, channels_in: from, channels_out: to })

const block = (name: string, main: BlockLayer[], more: Partial<CardBlock> = {}): CardBlock => ({ name, kind: 'residual', main, shortcut: [], gate: [], ...more })

const RESIDUAL = [
  block('layer2.0', [conv(64, 128, 3, 2), conv(128, 128)], { shortcut: [conv(64, 128, 1, 2)], gate: [conv(128, 8, 1), conv(8, 128, 1)] }),
  block('layer2.1', [conv(128, 128), conv(128, 128)]),
  block('layer2.2', [conv(128, 128), conv(128, 128)]),
]

describe('blocks', () => {
  const [first, second] = readBlocks(RESIDUAL)

  it('have their main way, side way and gate with real channels', () => {
    expect(first?.main.map(({ what, from, to }) => [what, from, to])).toEqual([
      ['3 × 3 conv, ÷ 2', 64, 128],
      ['3 × 3 conv', 128, 128],
    ])
    expect(first?.shortcut.map(({ what }) => what)).toEqual(['1 × 1 conv, ÷ 2'])
    expect(first?.gate.map(({ to }) => to)).toEqual([8, 128])
    expect(second?.shortcut).toEqual([])
  })

  it('have linear layers, which have no kernel', () => {
    const [all] = readBlocks([block('the whole network', [conv(3, 6, 5), { kernel: null, stride: 1, channels_in: 400, channels_out: 120 }])])
    expect(all?.main.map(({ what, to }) => [what, to])).toEqual([['5 × 5 conv', 6], ['linear', 120]])
  })

  it('are told once where they repeat, and again where they are wired in another way', () => {
    expect(distinct(readBlocks(RESIDUAL)).map(({ times }) => times)).toEqual([1, 2])
    const plain = RESIDUAL.map((each, place) => (place === 2 ? { ...each, kind: 'plain' as const } : each))
    expect(distinct(readBlocks(plain)).map(({ times }) => times)).toEqual([1, 1, 1])
  })

  it('are drawn of each way of being wired, also where the last one alone has a gate', () => {
    const plain = Array.from({ length: 9 }, (_, place) => block(`layer1.${place}`, [conv(8 + place, 9 + place), conv(9 + place, 9 + place)]))
    const last = block('layer1.9', [conv(17, 17), conv(17, 17)], { gate: [conv(17, 2, 1), conv(2, 17, 1)] })
    const kinds = distinct(readBlocks([...plain, last]))

    expect(kinds).toHaveLength(10)
    expect(chosen(kinds, 4).map((each) => each.block.name)).toEqual(['layer1.0', 'layer1.1', 'layer1.2', 'layer1.9'])
    expect(chosen(kinds, 20)).toEqual(kinds)
  })
})
