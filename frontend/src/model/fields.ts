// The fields of the run spec, from the server's schema: titles, help, ranges, defaults, and what a field is for. Pure.
import { properties } from '../api/spec.json'
import type { RunSpec } from '../api/types'
import { capital, whole } from '../lib/format'

export type FieldKind = 'choice' | 'number' | 'list' | 'switch' | 'text'

export interface Field {
  name: string
  title: string
  help: string
  kind: FieldKind
  choices: readonly string[]
  /** May be left empty. */
  nullable: boolean
  /** The server's own default; undefined for what must be given. */
  byDefault: unknown
  /** As the form holds it: text as typed, or on and off. */
  initial: string | boolean
}

interface Schema {
  type?: string
  title?: string
  description?: string
  default?: unknown
  enum?: readonly string[]
  anyOf?: readonly Schema[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
}

/** The server's description of a field, besides its type. */
interface About {
  sets_apart: boolean
  short?: string
  unset: string
  first: boolean
  /** Labels of the values that can be chosen. */
  choices?: Readonly<Partial<Record<string, { label: string }>>>
}

export interface SpecSchema {
  properties: Record<string, Schema>
}

const ABOUT: ReadonlyMap<string, About> = new Map<string, About>(Object.entries(properties).map(([name, schema]) => [name, schema['x-about']]))

/** Its name in labels of curves. */
export const shortName = (field: keyof RunSpec): string => ABOUT.get(field)?.short ?? field.replaceAll('_', ' ')

/** The label of one value of an enumeration; a value of another version as it is written. */
export const choiceLabel = (field: string, value: string): string => ABOUT.get(field)?.choices?.[value]?.label ?? value.replaceAll('_', ' ')

/** Whether runs that differ in it have different settings. */
export const setsApart = (field: string): boolean => ABOUT.get(field)?.sets_apart ?? true

/** The word for a field that holds nothing. */
export const unset = (field: string): string => ABOUT.get(field)?.unset ?? 'off'

/** Whether its values are a list, each with a label. */
export const isChoice = (field: string): boolean => Object.keys(ABOUT.get(field)?.choices ?? {}).length > 0

/** Whether most launches set it. */
export const isFirst = (field: string): boolean => ABOUT.get(field)?.first ?? false

export function readFields({ properties }: SpecSchema): Field[] {
  return Object.entries(properties).map(([name, schema]) => readField(name, schema))
}

function readField(name: string, schema: Schema): Field {
  const nullable = schema.anyOf?.some(({ type }) => type === 'null') ?? false
  const core = { ...schema, ...schema.anyOf?.find(({ type }) => type !== 'null') }
  return {
    name,
    title: schema.title ?? name,
    help: [schema.description, rangeText(core)].filter(Boolean).join(' '),
    kind: kindOf(core),
    choices: core.enum ?? [],
    nullable,
    byDefault: schema.default === undefined && nullable ? null : schema.default,
    initial: heldValue(schema.default),
  }
}

function kindOf({ type, enum: choices }: Schema): FieldKind {
  if (choices) return 'choice'
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'array') return 'list'
  return type === 'boolean' ? 'switch' : 'text'
}

/** A value of the spec as the form holds it. */
export function heldValue(value: unknown): string | boolean {
  if (typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  return Array.isArray(value) ? value.join(', ') : ''
}

/** A bound such as 2^31 is the machine's, not the reader's. */
const BEYOND_CARE = 1e9

/** `1 to 1,000.`, `Above 0, at most 10.`, `At least 10.`; nothing where anything goes. */
export function rangeText(schema: Schema): string {
  const [from, above] = [schema.minimum, schema.exclusiveMinimum]
  const [to, below] = [schema.maximum, schema.exclusiveMaximum].map((bound) => ((bound ?? 0) > BEYOND_CARE ? undefined : bound))
  if (from !== undefined && to !== undefined) return `${whole(from)} to ${whole(to)}.`
  const parts = [
    from !== undefined && `at least ${whole(from)}`,
    above !== undefined && `above ${whole(above)}`,
    to !== undefined && `at most ${whole(to)}`,
    below !== undefined && `below ${whole(below)}`,
  ].filter((part) => part !== false)
  const text = parts.join(', ')
  return text && `${capital(text)}.`
}

/** In the order of the spec. */
export const FIELDS: readonly Field[] = readFields({ properties })
