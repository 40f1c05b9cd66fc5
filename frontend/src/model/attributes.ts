// Optional columns of the table of runs: every field of the spec, and a few attributes. Pure.
import type { Run, RunSpec } from '../api/types'
import { dateTime, duration, number, whole } from '../lib/format'
import { versionOf } from './dataVersion'
import { choiceLabel, FIELDS, isChoice, unset } from './fields'
import { epochsDone } from './status'

export interface Attribute {
  id: string
  title: string
  /** Sort key; undefined is last. */
  value: (run: Run) => string | number | undefined
  text: (run: Run) => string
}

const SPEC_ATTRIBUTES: readonly Attribute[] = FIELDS.map(({ name, title }) => ({
  id: name,
  title,
  value: ({ spec }) => sortable(spec?.[name as keyof RunSpec]),
  text: ({ spec }) => (spec ? written(name, spec[name as keyof RunSpec]) : ''),
}))

const RUN_ATTRIBUTES: readonly Attribute[] = [
  { id: 'kind', title: 'Kind', value: ({ kind }) => kind, text: ({ kind }) => kind },
  { id: 'tags', title: 'Tags', value: ({ tags }) => tags.join(', ') || undefined, text: ({ tags }) => tags.join(', ') },
  { id: 'experiment', title: 'Experiment', value: ({ experiment }) => experiment?.name, text: ({ experiment }) => experiment?.name ?? '' },
  { id: 'data_version', title: 'Data version', value: (run) => versionOf(run) || undefined, text: versionOf },
  { id: 'epoch', title: 'Epochs done', value: ({ epoch }) => epoch, text: epochsDone },
  { id: 'best_epoch', title: 'Best epoch', value: ({ best }) => best?.epoch, text: ({ best }) => (best ? String(best.epoch) : '') },
  { id: 'parameters', title: 'Parameters', value: ({ network }) => network?.parameters ?? undefined, text: ({ network }) => counted(network?.parameters) },
  { id: 'flops', title: 'FLOPs per image', value: ({ network }) => network?.flops ?? undefined, text: ({ network }) => counted(network?.flops) },
  { id: 'took', title: 'Training time', value: seconds, text: (run) => (seconds(run) === undefined ? '' : duration(seconds(run) ?? 0)) },
  { id: 'created', title: 'Submitted', value: ({ created_at: at }) => at, text: ({ created_at: at }) => dateTime(at) },
  { id: 'device', title: 'Device', value: ({ device }) => device ?? undefined, text: ({ device }) => device ?? '' },
  { id: 'attempt', title: 'Attempts', value: ({ attempt }) => attempt, text: ({ attempt }) => String(attempt) },
]

export const ATTRIBUTES: readonly Attribute[] = [...SPEC_ATTRIBUTES, ...RUN_ATTRIBUTES]

export const attributesOf = (ids: readonly string[]): Attribute[] => ids.flatMap((id) => ATTRIBUTES.find((attribute) => attribute.id === id) ?? [])

function seconds({ trained_seconds: trained }: Run): number | undefined {
  return trained > 0 ? trained : undefined
}

const counted = (count: number | null | undefined): string => (count == null ? '' : whole(count))

function sortable(value: unknown): string | number | undefined {
  if (value === null || value === undefined) return undefined
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value)
}

/** A field's value for people. */
export function written(field: string, value: unknown): string {
  if (value === null || value === undefined) return unset(field)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return isChoice(field) ? choiceLabel(field, value) : value
  if (typeof value === 'number') return number(value)
  return Array.isArray(value) ? value.map((each) => written(field, each)).join(', ') : JSON.stringify(value)
}
