import { describe, expect, it } from 'vitest'

import type { Run } from '../api/types'
import { arranged, fits, groupOf, isFiltered, type Filter } from './arrange'

const run = (part: Partial<Run> = {}, spec: Partial<Run['spec']> = {}): Run =>
  ({
    id: 1,
    name: 'first try',
    note: '',
    status: 'finished',
    tags: ['depth'],
    archived: false,
    experiment: { id: 4, name: 'Depth' },
    spec: { model: 'se_resnet18', dataset: 'digits', seed: 3, ...spec },
    ...part,
  }) as Run

const label = (key: string) => (key === 'se_resnet18' ? 'SE-ResNet-18' : key)
const listed = (filter: Filter, each = run()) => fits(each, filter, label)

describe('the table', () => {
  it.each([
    [{ status: ['finished', 'failed'] }, true],
    [{ status: ['failed'] }, false],
    [{ network: ['cnn', 'se_resnet18'], tag: ['depth'] }, true],
    [{ network: ['cnn'], tag: ['depth'] }, false],
    [{ experiment: [4] }, true],
    [{ experiment: [5] }, false],
    [{ q: 'FIRST resnet-18' }, true],
    [{ q: 'first densenet' }, false],
  ] satisfies [Filter, boolean][])('with the filter %j lists the run: %s', (filter, expected) => {
    expect(listed(filter)).toBe(expected)
  })

  it('leaves archived runs out unless they are asked for', () => {
    expect(listed({}, run({ archived: true }))).toBe(false)
    expect(listed({ archived: true }, run({ archived: true }))).toBe(true)
    expect(isFiltered({ archived: true })).toBe(false)
  })

  it('has a heading before each group, in the order of the rows', () => {
    const rows = [run({ id: 3 }), run({ id: 2 }, { model: 'cnn' }), run({ id: 1 })]
    const items = arranged(rows, (row) => groupOf(row, 'network', label))
    expect(items.map((item) => (item.kind === 'group' ? item.title : item.row.id))).toEqual(['SE-ResNet-18', 3, 1, 'cnn', 2])
  })

  it('keeps experiments of the same name apart, and tells them apart', () => {
    const rows = [run({ id: 3 }), run({ id: 2, experiment: { id: 5, name: 'Depth' } }), run({ id: 1, experiment: { id: 6, name: 'Width' } })]
    const items = arranged(rows, (row) => groupOf(row, 'experiment', label))
    expect(items.map((item) => (item.kind === 'group' ? item.title : item.row.id))).toEqual(['Depth (#4)', 3, 'Depth (#5)', 2, 'Width', 1])
  })
})
