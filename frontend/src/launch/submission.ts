// From a draft to the request that launches it. The server alone judges values: what was typed is sent. Pure.
import { plural } from '../lib/format'
import type { Field } from '../model/fields'
import type { Draft, Value } from './draft'
import { parseSeeds } from './seeds'
import { asNumber, splitList } from './typed'

export type Submission =
  | { kind: 'run'; body: Record<string, unknown> }
  | { kind: 'experiment'; body: ExperimentBody }

interface ExperimentBody {
  name: string
  vary: Record<string, unknown[]>
  spec: Record<string, unknown>
  preset?: string
}

export function submissionOf(draft: Draft, fields: readonly Field[]): Submission {
  const seeds = parseSeeds(draft.seeds)
  const preset = draft.preset === '' ? {} : { preset: draft.preset }
  const name = draft.name.trim()
  const carried = Object.fromEntries(Object.entries(draft.carried).map(([field, values]) => [field, [...values]]))
  const settings = Object.fromEntries(fields.flatMap((field) => {
    const value = draft.values[field.name]
    return value === undefined || field.name in carried ? [] : [[field.name, wireValue(field, value)]]
  }))
  if (draft.models.length === 1 && seeds.length === 1 && Object.keys(carried).length === 0) {
    const [model] = draft.models
    const [seed] = seeds
    return { kind: 'run', body: { model, dataset: draft.dataset, seed, ...settings, ...preset, ...(name && { name }) } }
  }
  const dataset = 'dataset' in carried ? {} : { dataset: draft.dataset }
  const vary = { model: [...draft.models], seed: seeds, ...carried }
  return { kind: 'experiment', body: { name: name || describe(draft), vary, spec: { ...dataset, ...settings }, ...preset } }
}

function wireValue(field: Field, value: Value): unknown {
  if (typeof value === 'boolean') return value
  const text = value.trim()
  if (text === '' && field.nullable) return null
  if (field.kind === 'number') return asNumber(text)
  if (field.kind === 'list') return splitList(text).map(asNumber)
  return text
}

function describe(draft: Draft): string {
  const seeds = parseSeeds(draft.seeds).length
  const networks = draft.models.length === 1 ? (draft.models[0] ?? '') : plural(draft.models.length, 'network')
  return `${networks}${seeds > 1 ? `, ${plural(seeds, 'seed')},` : ''} on ${draft.dataset}`
}
