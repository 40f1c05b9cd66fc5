// What the form holds, and the request that it makes. The server is the only judge of values: what is typed is sent.
import spec from '../api/spec.json'
import type { DatasetCard, ModelCard, PresetCard, Run, RunSpec } from '../api/types'
import { plural } from '../ui/format'
import { heldValue, readFields, type Field } from './fields'

export const FIELDS: readonly Field[] = readFields(spec)

export interface Draft {
  name: string
  models: readonly string[]
  dataset: string
  /** Key of the recipe that fills the fields which are not set here. */
  preset: string
  /** `0, 1, 2` or `0-4`. */
  seeds: string
  values: Readonly<Record<string, string | boolean>>
}

export type Submission =
  | { kind: 'run'; body: Record<string, unknown> }
  | { kind: 'experiment'; body: ExperimentBody }

interface ExperimentBody {
  name: string
  vary: Record<string, unknown[]>
  spec: Record<string, unknown>
  preset?: string
}

/** Fields that the form shows in its own way. */
const OWN = new Set(['model', 'dataset', 'seed'])

export const settingFields = (fields: readonly Field[]): Field[] => fields.filter(({ name }) => !OWN.has(name))

export function blankDraft(fields: readonly Field[]): Draft {
  const initial = Object.fromEntries(fields.map((field) => [field.name, field.initial]))
  return { name: '', models: [], dataset: '', preset: '', seeds: String(initial.seed ?? '0'), values: initial }
}

/** The draft that makes these runs again: their networks and seeds, and all else as in the first of them. */
export function draftOf(runs: readonly Run[], fields: readonly Field[]): Draft | undefined {
  const [first] = runs
  if (first === undefined) return undefined
  const each = <T,>(values: readonly T[]): T[] => [...new Set(values)]
  const { experiment, name, spec } = first
  return {
    name: runs.length > 1 ? (experiment?.name ?? '') : name.includes(spec.model) ? '' : name,
    models: each(runs.map((run) => run.spec.model)),
    dataset: spec.dataset,
    preset: '',
    seeds: each(runs.map((run) => run.spec.seed)).sort((a, b) => a - b).join(', '),
    values: Object.fromEntries(fields.map((field) => [field.name, heldValue(spec[field.name as keyof RunSpec])])),
  }
}

/** Data that are here already before data that must be downloaded first. */
export function preferredDataset(datasets: readonly DatasetCard[]): DatasetCard | undefined {
  return datasets.find(({ available }) => available) ?? datasets[0]
}

export function countRuns({ models, seeds }: Draft): number {
  return models.length * parseSeeds(seeds).length
}

/** What fields hold that nobody has touched, beside the defaults. */
export interface Base {
  /** The recipe that the draft names, if it names one. */
  preset?: PresetCard | undefined
  /** What the chosen networks set themselves, as far as they agree. */
  network?: Readonly<Record<string, unknown>>
}

export function submissionOf(draft: Draft, fields: readonly Field[], base: Base = {}): Submission {
  const seeds = parseSeeds(draft.seeds)
  const settings = changedSettings(draft, fields, base)
  const recipe = draft.preset === '' ? {} : { preset: draft.preset }
  const name = draft.name.trim()
  if (draft.models.length === 1 && seeds.length === 1) {
    const [model] = draft.models
    const [seed] = seeds
    return { kind: 'run', body: { model, dataset: draft.dataset, seed, ...settings, ...recipe, ...(name && { name }) } }
  }
  const vary = { model: [...draft.models], seed: seeds }
  return { kind: 'experiment', body: { name: name || describe(draft), vary, spec: { dataset: draft.dataset, ...settings }, ...recipe } }
}

/** The defaults, over them what the network sets itself, over that the recipe: as the lab fills them in. */
export function untouched(fields: readonly Field[], { preset, network }: Base = {}): Record<string, string | boolean> {
  const layers = [preset?.fields, network].filter((layer) => layer !== undefined)
  return Object.fromEntries(
    fields.map(({ name, initial }) => {
      const layer = layers.find((each) => name in each)
      return [name, layer ? heldValue(layer[name]) : initial]
    }),
  )
}

/** Fields that all of the networks set themselves, and to the same value. */
export function commonDefaults(cards: readonly ModelCard[]): Record<string, unknown> {
  const [first, ...others] = cards.map(({ defaults = {} }) => defaults as Readonly<Record<string, unknown>>)
  const same = ([name, value]: [string, unknown]): boolean => others.every((each) => name in each && JSON.stringify(each[name]) === JSON.stringify(value))
  return Object.fromEntries(Object.entries(first ?? {}).filter(same))
}

/** The draft on another base: what nobody has touched follows. */
export function rebased(draft: Draft, fields: readonly Field[], from: Base, to: Base): Draft['values'] {
  const [before, after] = [untouched(fields, from), untouched(fields, to)]
  return Object.fromEntries(fields.map(({ name, initial }) => {
    const held = draft.values[name] ?? initial
    return [name, held === before[name] ? (after[name] ?? initial) : held]
  }))
}

/** Only what somebody has changed is sent, so that all else stays the server's. */
function changedSettings({ values }: Draft, fields: readonly Field[], base: Base): Record<string, unknown> {
  const before = untouched(fields, base)
  const changed = settingFields(fields).filter(({ name }) => values[name] !== before[name])
  return Object.fromEntries(changed.map((field) => [field.name, wireValue(field, values[field.name] ?? field.initial)]))
}

function wireValue(field: Field, value: string | boolean): unknown {
  if (typeof value === 'boolean') return value
  const text = value.trim()
  if (text === '' && field.nullable) return null
  if (field.kind === 'number') return asNumber(text)
  if (field.kind === 'list') return splitList(text).map(asNumber)
  return text
}

/** `0, 2-4` is 0, 2, 3, 4. What is no number stays as it was typed. */
export function parseSeeds(text: string): (number | string)[] {
  const seeds = splitList(text).flatMap((part) => {
    const [, from, to] = /^(\d+)\s*-\s*(\d+)$/.exec(part) ?? []
    if (from === undefined || to === undefined) return [asNumber(part)]
    const count = Math.min(Number(to) - Number(from) + 1, MOST_SEEDS)
    return Array.from({ length: Math.max(0, count) }, (_, place) => Number(from) + place)
  })
  return [...new Set(seeds)]
}

/** A slip such as `0-99999999` must not fill the memory; the server refuses far fewer. */
const MOST_SEEDS = 10_000

const splitList = (text: string): string[] => text.split(/[,;\s]+(?!\s*-)(?<!-\s*)/).filter(Boolean)

function asNumber(text: string): number | string {
  const number = Number(text)
  return text !== '' && Number.isFinite(number) ? number : text
}

function describe(draft: Draft): string {
  const seeds = parseSeeds(draft.seeds).length
  const networks = draft.models.length === 1 ? (draft.models[0] ?? '') : plural(draft.models.length, 'network')
  return `${networks}${seeds > 1 ? `, ${plural(seeds, 'seed')},` : ''} on ${draft.dataset}`
}
