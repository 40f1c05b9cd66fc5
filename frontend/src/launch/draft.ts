// What the launch form holds. Fields that nobody has set are not in it: the server says what they hold (defaults.ts). Pure.
import type { DatasetCard, LabRun, PresetCard, RunSpec } from '../api/types'
import { heldValue, type Field } from '../model/fields'
import { defaultsOf, type SpecDefaults } from './defaults'
import { plannedSeeds } from './seeds'

export type Value = string | boolean

export interface Draft {
  name: string
  models: readonly string[]
  dataset: string
  /** Key of the preset; empty for none. */
  preset: string
  /** `0, 1, 2` or `0-4`. */
  seeds: string
  /** Somebody has typed them. */
  seedsTyped: boolean
  /** Settings that were changed in the form, as typed. */
  values: Readonly<Record<string, Value>>
  /** Settings with several values in the duplicated runs, each of which is launched. */
  carried: Readonly<Record<string, readonly unknown[]>>
}

/** Fields that the form shows in its own way. */
const OWN = new Set(['model', 'dataset', 'seed'])

export const settingFields = (fields: readonly Field[]): Field[] => fields.filter(({ name }) => !OWN.has(name))

export function blankDraft(): Draft {
  return { name: '', models: [], dataset: '', preset: '', seeds: plannedSeeds([]), seedsTyped: false, values: {}, carried: {} }
}

/** With other networks: the seeds follow their number as long as nobody has typed any. */
export function withNetworks(draft: Draft, models: readonly string[]): Draft {
  const follows = !draft.seedsTyped && draft.seeds === plannedSeeds(draft.models)
  return { ...draft, models, seeds: follows ? plannedSeeds(models) : draft.seeds }
}

/** With a preset: what it sets replaces what was typed. */
export function withPreset(draft: Draft, preset: PresetCard | undefined): Draft {
  const kept = Object.entries(draft.values).filter(([name]) => !(name in (preset?.fields ?? {})))
  return { ...draft, preset: preset?.key ?? '', values: Object.fromEntries(kept) }
}

export function without(draft: Draft, field: string): Draft {
  const rest = <T,>(held: Readonly<Record<string, T>>): Record<string, T> => Object.fromEntries(Object.entries(held).filter(([name]) => name !== field))
  return { ...draft, values: rest(draft.values), carried: rest(draft.carried) }
}

/** The draft that makes these runs again. A value that the server would fill in for each run's network is not in it. */
export function draftOf(runs: readonly LabRun[], fields: readonly Field[], defaults: readonly SpecDefaults[]): Draft | undefined {
  const [first] = runs
  if (first === undefined) return undefined
  const values: Record<string, Value> = {}
  const carried: Record<string, readonly unknown[]> = {}
  const isDefault = ({ spec }: LabRun, name: keyof RunSpec): boolean => isSame(spec[name], defaultsOf(spec.model, defaults)?.fields[name])
  for (const { name } of settingFields(fields) as { name: keyof RunSpec }[]) {
    if (runs.every((run) => isDefault(run, name))) continue
    const taken = distinct(runs.map(({ spec }) => spec[name]))
    if (taken.length > 1) carried[name] = taken
    else values[name] = heldValue(taken[0])
  }
  const datasets = distinct(runs.map(({ spec }) => spec.dataset))
  if (datasets.length > 1) carried.dataset = datasets
  const { experiment, name, spec } = first
  return {
    ...blankDraft(),
    name: runs.length > 1 ? (experiment?.name ?? '') : name.includes(spec.model) ? '' : name,
    models: [...new Set(runs.map((run) => run.spec.model))],
    dataset: spec.dataset,
    seeds: [...new Set(runs.map((run) => run.spec.seed))].sort((a, b) => a - b).join(', '),
    values,
    carried,
  }
}

const isSame = (value: unknown, other: unknown): boolean => JSON.stringify(value ?? null) === JSON.stringify(other ?? null)

const distinct = (values: readonly unknown[]): unknown[] => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]

/** Data that are downloaded already before others. */
export function preferredDataset(datasets: readonly DatasetCard[]): DatasetCard | undefined {
  return datasets.find(({ available }) => available) ?? datasets[0]
}
