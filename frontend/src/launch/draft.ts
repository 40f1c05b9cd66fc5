// What the form holds, and the request that it makes. The server is the only judge of values: what is typed is sent.
import spec from '../api/spec.json'
import type { DatasetCard, ModelCard, PresetCard, Run, RunSpec } from '../api/types'
import { plural, whole } from '../lib/format'
import { heldValue, type Field } from '../model/fields'

/** At once; the lab refuses more. */
const MOST_RUNS = spec.mostRuns

export interface Draft {
  name: string
  models: readonly string[]
  dataset: string
  /** Key of the recipe that fills the fields which are not set here. */
  preset: string
  /** `0, 1, 2` or `0-4`. */
  seeds: string
  /** Somebody has typed them. */
  seedsTyped: boolean
  values: Readonly<Record<string, string | boolean>>
  /** Fields of cloned runs that one value cannot hold: each of these is launched. They go before `values`. */
  carried: Readonly<Record<string, readonly unknown[]>>
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

/** As many as the lab plans for a claim (backend/evidence/missing.py): fewer cannot show that networks differ. */
export const COMPARING = '0-4'

/** Fields that the form shows in its own way. */
const OWN = new Set(['model', 'dataset', 'seed'])

const VARIED_ANYWAY = new Set(['model', 'seed'])

export const settingFields = (fields: readonly Field[]): Field[] => fields.filter(({ name }) => !OWN.has(name))

export function blankDraft(fields: readonly Field[]): Draft {
  const initial = Object.fromEntries(fields.map((field) => [field.name, field.initial]))
  return { name: '', models: [], dataset: '', preset: '', seeds: plannedSeeds([], fields), seedsTyped: false, values: initial, carried: {} }
}

function plannedSeeds(models: readonly string[], fields: readonly Field[]): string {
  return models.length > 1 ? COMPARING : String(fields.find(({ name }) => name === 'seed')?.initial ?? '0')
}

/** The seeds when these networks are chosen: they follow the choice as long as nobody has touched them. */
export function followingSeeds({ seeds, seedsTyped, models }: Draft, chosen: readonly string[], fields: readonly Field[]): string {
  return !seedsTyped && seeds === plannedSeeds(models, fields) ? plannedSeeds(chosen, fields) : seeds
}

/** The draft that makes these runs again. `cards` say which values are their networks' own: these stay the lab's. */
export function draftOf(runs: readonly Run[], fields: readonly Field[], cards: readonly ModelCard[] = []): Draft | undefined {
  const [first] = runs
  if (first === undefined) return undefined
  const { experiment, name, spec } = first
  const models = each(runs.map((run) => run.spec.model))
  const before = untouched(fields, { network: commonDefaults(cards.filter(({ key }) => models.includes(key))) })
  const values: Record<string, string | boolean> = {}
  const carried: Record<string, readonly unknown[]> = {}
  for (const field of fields) {
    const key = field.name as keyof RunSpec
    const held = before[key] ?? field.initial
    const taken = distinct(runs.map((run) => run.spec[key]))
    const theirOwn = !OWN.has(key) && runs.every((run) => heldValue(run.spec[key]) === ownValue(run, field, cards))
    values[key] = theirOwn ? held : heldValue(spec[key])
    // A value that only looks untouched, beside networks that set others, has to be said as well.
    const unsaid = !OWN.has(key) && !theirOwn && values[key] === held
    if (!VARIED_ANYWAY.has(key) && !theirOwn && (taken.length > 1 || unsaid)) carried[key] = taken
  }
  const seeds = each(runs.map((run) => run.spec.seed)).sort((a, b) => a - b).join(', ')
  return {
    name: runs.length > 1 ? (experiment?.name ?? '') : name.includes(spec.model) ? '' : name,
    models,
    dataset: spec.dataset,
    preset: '',
    seeds,
    seedsTyped: false,
    values,
    carried,
  }
}

/** What the lab fills in for this run's network, as the form holds it. */
function ownValue({ spec }: Run, { name, initial }: Field, cards: readonly ModelCard[]): string | boolean {
  const own: Readonly<Record<string, unknown>> = cards.find(({ key }) => key === spec.model)?.defaults ?? {}
  return name in own ? heldValue(own[name]) : initial
}

const each = <T,>(values: readonly T[]): T[] => [...new Set(values)]

const distinct = (values: readonly unknown[]): unknown[] => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]

/** Data that are here already before data that must be downloaded first. */
export function preferredDataset(datasets: readonly DatasetCard[]): DatasetCard | undefined {
  return datasets.find(({ available }) => available) ?? datasets[0]
}

export const countRuns = (draft: Draft): number => runsASeed(draft) * parseSeeds(draft.seeds).length

function runsASeed({ models, carried }: Draft): number {
  return Object.values(carried).reduce((runs, values) => runs * values.length, models.length)
}

/** What to say at the seeds where they make more runs than the lab takes: how many may be given. */
export function tooMany(draft: Draft): string {
  // Also before a network is chosen: there will be one.
  const each = Math.max(1, runsASeed(draft))
  const most = Math.floor(MOST_RUNS / each)
  if (parseSeeds(draft.seeds).length <= most) return ''
  const made = each === 1 ? '' : `, and each seed makes ${whole(each)}`
  return `The lab takes ${whole(MOST_RUNS)} runs at once${made}${most === 0 ? '' : `: at most ${plural(most, 'seed')}`}.`
}

/** What to say of a clone of so many runs that are no full grid, while the draft is as large as it has begun. */
export function gridNote(cloned: number, begun: Draft, draft: Draft): string {
  const grid = countRuns(begun)
  if (grid === cloned || countRuns(draft) !== grid) return ''
  return `The cloned experiment has ${plural(cloned, 'run')}. This launches ${grid}: every combination of what they vary in, each once.`
}

/** `2 networks × 5 seeds × 2 of learning rate`. */
export function summary({ models, seeds, carried }: Draft, fields: readonly Field[]): string {
  if (models.length === 0) return 'Choose at least one network.'
  const count = parseSeeds(seeds).length
  const titled = (name: string): string => (fields.find((field) => field.name === name)?.title ?? name).toLowerCase()
  const varied = Object.entries(carried).filter(([, values]) => values.length > 1)
  const parts = [plural(models.length, 'network'), count !== 1 && plural(count, 'seed'), ...varied.map(([name, { length }]) => `${length} of ${titled(name)}`)]
  return parts.filter(Boolean).join(' × ')
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
  const carried = Object.fromEntries(Object.entries(draft.carried).map(([field, values]) => [field, [...values]]))
  if (draft.models.length === 1 && seeds.length === 1 && Object.keys(carried).length === 0) {
    const [model] = draft.models
    const [seed] = seeds
    return { kind: 'run', body: { model, dataset: draft.dataset, seed, ...settings, ...recipe, ...(name && { name }) } }
  }
  const vary = { model: [...draft.models], seed: seeds, ...carried }
  const spec = Object.fromEntries(Object.entries({ dataset: draft.dataset, ...settings }).filter(([field]) => !(field in carried)))
  return { kind: 'experiment', body: { name: name || describe(draft), vary, spec, ...recipe } }
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
    // A slip such as `0-99999999` must not fill the memory: one more than can be launched tells enough.
    const count = Math.min(Number(to) - Number(from) + 1, MOST_RUNS + 1)
    return Array.from({ length: Math.max(0, count) }, (_, place) => Number(from) + place)
  })
  return [...new Set(seeds)]
}

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
