import { describe, expect, it } from 'vitest'

import type { Block, BlockNode } from '../api/types'
import { boxWidth, chosen, described, layout, sizeOf, titleOf } from './blocks'

const node = (kind: BlockNode['kind'], inputs: number[], more: Partial<BlockNode> = {}): BlockNode => ({ kind, inputs, type: kind, name: '', shape: [64, 8, 8], ...more })

const conv = (inputs: number[], channels: number, more: Partial<BlockNode> = {}): BlockNode =>
  node('layer', inputs, { type: 'Conv2d', kernel: [3, 3], stride: [1, 1], groups: 1, shape: [channels, 8, 8], ...more })

const block = (name: string, nodes: BlockNode[]): Block => ({ name, type: 'Block', repeats: 1, nodes })

const RESIDUAL = block('layer1.0', [node('input', []), conv([0], 64), conv([1], 64), node('add', [2, 0]), node('output', [3])])

const PROJECTED = block('layer2.0', [
  node('input', []),
  conv([0], 128, { stride: [2, 2] }),
  conv([1], 128),
  conv([0], 128, { kernel: [1, 1], stride: [2, 2] }),
  node('add', [2, 3], { shape: [128, 4, 4] }),
  node('output', [4], { shape: [128, 4, 4] }),
])

const INCEPTION = block('mixed', [
  node('input', []),
  conv([0], 64),
  conv([0], 48),
  conv([2], 64),
  conv([0], 64),
  conv([4], 96),
  conv([5], 96),
  node('operation', [0], { type: 'max_pool2d' }),
  node('concat', [1, 3, 6, 7]),
  node('output', [8]),
])

describe('layout', () => {
  it('has the main path in one column and a skip connection beside it', () => {
    const { cells, edges } = layout(RESIDUAL)

    expect(cells).toEqual([0, 1, 2, 3, 4].map((row) => ({ row, column: 0 })))
    expect(edges.filter(({ isSkip }) => isSkip)).toEqual([{ from: 0, to: 3, column: 1, isSkip: true }])
  })

  it('has a projection in a column of its own, and no skip', () => {
    const { cells, edges } = layout(PROJECTED)

    expect(cells[3]).toEqual({ row: 1, column: 1 })
    expect(edges.some(({ isSkip }) => isSkip)).toBe(false)
    expect(edges.find(({ from }) => from === 3)?.column).toBe(1)
  })

  it('has each branch in its column, and no edge behind a node', () => {
    const { cells, edges } = layout(INCEPTION)

    expect(new Set(cells.map(({ column }) => column)).size).toBe(4)
    for (const { from, to, column } of edges) {
      const between = cells.filter((cell) => cell.column === column && cell.row > (cells[from]?.row ?? 0) && cell.row < (cells[to]?.row ?? 0))
      expect(between, `${from} to ${to}`).toEqual([])
    }
    expect(new Set(cells.map(({ row, column }) => `${row} ${column}`)).size).toBe(cells.length)
  })
})

describe('nodes', () => {
  it('are called as papers call them', () => {
    expect(titleOf(conv([0], 64))).toBe('3×3 conv')
    expect(titleOf(conv([0], 64, { stride: [2, 2] }))).toBe('3×3 conv, stride 2')
    expect(titleOf(conv([0], 64, { groups: 64 }))).toBe('3×3 depthwise conv')
    expect(titleOf(conv([0], 64, { groups: 32 }))).toBe('3×3 grouped conv')
    expect(titleOf(node('layer', [0], { type: 'Linear' }))).toBe('Linear')
    expect(titleOf(node('operation', [0], { type: 'MaxPool2d', kernel: [2, 2], stride: [2, 2] }))).toBe('MaxPool2d 2×2, stride 2')
  })

  it('say their channels, or their shape', () => {
    expect(PROJECTED.nodes.map((each) => sizeOf(each, PROJECTED.nodes))[1]).toBe('64 → 128')
    expect(INCEPTION.nodes.map((each) => sizeOf(each, INCEPTION.nodes))[7]).toBe('64 × 8 × 8')
  })

  it('are read out in order', () => {
    expect(described(RESIDUAL)).toBe('layer1.0: 3×3 conv of input; 3×3 conv of 3×3 conv; add of 3×3 conv and input.')
  })
})

describe('the blocks that are drawn', () => {
  it('are the first of each way of being wired, and then from the first on', () => {
    const many = Array.from({ length: 9 }, (_, index) => ({ ...RESIDUAL, name: `layer1.${index}` }))

    expect(chosen([...many, PROJECTED], 4).map(({ name }) => name)).toEqual(['layer1.0', 'layer1.1', 'layer1.2', 'layer2.0'])
    expect(chosen(many, 20)).toEqual(many)
  })
})

describe('the boxes of a drawing', () => {
  const node = (kernel: number[], stride: number[], groups: number): BlockNode =>
    ({ kind: 'layer', type: 'Conv2d', name: '', shape: [groups, 8, 8], inputs: [0], kernel, stride, groups })

  it('are as wide as the longest title', () => {
    expect(boxWidth([node([1, 1], [1, 1], 1)])).toBe(138)
    expect(boxWidth([node([3, 3], [2, 2], 96), node([1, 1], [1, 1], 1)])).toBeGreaterThan(190)
  })
})
