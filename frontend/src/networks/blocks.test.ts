import { describe, expect, it } from 'vitest'

import { blocksOf, chosen, distinct } from './blocks'

const CONV = (from: number, to: number, kernel = 3, stride = 1) => `Conv2d(${from}, ${to}, kernel_size=(${kernel}, ${kernel}), stride=(${stride}, ${stride}), bias=False)`

const RESIDUAL = `Net(
  (conv1): Sequential(
    (0): ${CONV(3, 64)}
  )
  (layer2): Sequential(
    (0): Block(
      (residual_function): Sequential(
        (0): ${CONV(64, 128, 3, 2)}
        (1): BatchNorm2d(128, eps=1e-05)
        (3): ${CONV(128, 128)}
      )
      (shortcut): Sequential(
        (0): ${CONV(64, 128, 1, 2)}
      )
      (se): SEBlock(
        (fc1): ${CONV(128, 8, 1)}
        (fc2): ${CONV(8, 128, 1)}
      )
    )
    (1): Block(
      (conv1): ${CONV(128, 128)}
      (conv2): ${CONV(128, 128)}
    )
    (2): Block(
      (conv1): ${CONV(128, 128)}
      (conv2): ${CONV(128, 128)}
    )
  )
  (fc): Linear(in_features=128, out_features=10, bias=True)
)`

describe('blocks', () => {
  const [first, second] = blocksOf('resnet18', RESIDUAL)

  it('have their main way, side way and gate with real channels', () => {
    expect(first?.main.map(({ what, from, to }) => [what, from, to])).toEqual([
      ['3 × 3 conv, ÷ 2', 64, 128],
      ['3 × 3 conv', 128, 128],
    ])
    expect(first?.shortcut.map(({ what }) => what)).toEqual(['1 × 1 conv, ÷ 2'])
    expect(first?.gate.map(({ to }) => to)).toEqual([8, 128])
    expect(first?.kind).toBe('residual')
  })

  it('have an identity where no side way has weights', () => {
    expect(second?.shortcut).toEqual([])
    expect(second?.kind).toBe('residual')
    expect(blocksOf('plain18', RESIDUAL).map(({ kind }) => kind)).toEqual(['plain', 'plain', 'plain'])
  })

  it('are told once where they repeat', () => {
    expect(distinct(blocksOf('resnet18', RESIDUAL)).map(({ times }) => times)).toEqual([1, 2])
  })

  it('are drawn of each way of being wired, also where the last one alone has a gate', () => {
    const plain = Array.from({ length: 9 }, (_, place) => `    (${place}): Block(
      (conv1): ${CONV(8 + place, 9 + place)}
      (conv2): ${CONV(9 + place, 9 + place)}
    )`)
    const last = `    (9): Block(
      (conv1): ${CONV(17, 17)}
      (conv2): ${CONV(17, 17)}
      (se): SEBlock(
        (fc1): ${CONV(17, 2, 1)}
        (fc2): ${CONV(2, 17, 1)}
      )
    )`
    const kinds = distinct(blocksOf('se_resnet_single', ['Net(', '  (layer1): Sequential(', ...plain, last, '  )', ')'].join('\n')))

    expect(kinds).toHaveLength(10)
    expect(chosen(kinds, 4).map(({ block }) => block.name)).toEqual(['layer1.0', 'layer1.1', 'layer1.2', 'layer1.9'])
    expect(chosen(kinds, 20)).toEqual(kinds)
  })

  it('have a gate that stands between them as one of their own', () => {
    const gated = RESIDUAL.replace(/\)$/, `  (se): SEBlock(\n    (fc1): ${CONV(128, 8, 1)}\n    (fc2): ${CONV(8, 128, 1)}\n  )\n)`)
    const last = blocksOf('se_resnet18_single', gated).at(-1)

    expect([last?.name, last?.kind, last?.main, last?.gate.map(({ to }) => to)]).toEqual(['se', 'plain', [], [8, 128]])
  })

  it('are the whole network where nothing repeats', () => {
    const [all, ...more] = blocksOf('cnn', `Net(\n  (conv1): ${CONV(3, 6, 5)}\n  (fc1): Linear(in_features=400, out_features=120, bias=True)\n)`)
    expect(more).toEqual([])
    expect(all?.main.map(({ what, to }) => [what, to])).toEqual([['5 × 5 conv', 6], ['linear', 120]])
  })
})
