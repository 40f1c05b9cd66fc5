import { expect, test } from 'vitest'

import type { DatasetCard, ModelCard } from '../api/types'
import { inspections } from './inspections'

const model = (key: string, source: string | null, inspecting: boolean) =>
  ({ key, label: key, origin: source === null ? 'built-in' : 'plugin', source, inspecting }) as ModelCard

const dataset = (key: string, plugin: string | null, inspecting: boolean) => ({ key, label: key, plugin, inspecting }) as DatasetCard

test('plugins are counted once each, however much they offer', () => {
  const models = [model('a', 'one.py', true), model('b', 'one.py', true), model('c', 'two.py', false), model('cnn', null, false)]
  const datasets = [dataset('d', 'three.py', true), dataset('digits', null, false)]

  expect(inspections(models, datasets)).toEqual({ left: 2, of: 3 })
})

test('without plugins there is nothing to inspect', () => {
  expect(inspections([model('cnn', null, false)], [])).toEqual({ left: 0, of: 0 })
})
