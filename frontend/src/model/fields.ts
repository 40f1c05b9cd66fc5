// What each field of the run spec is for, as the server says it beside the field. Pure.
import type { RunSpec } from '../api/types'
import { properties } from '../api/spec.json'

interface About {
  short?: string
  unset: string
  first: boolean
}

const ABOUT: ReadonlyMap<string, About> = new Map<string, About>(Object.entries(properties).map(([name, schema]) => [name, schema['x-about']]))

/** Its name in labels of curves. */
export const shortName = (field: keyof RunSpec): string => ABOUT.get(field)?.short ?? field.replaceAll('_', ' ')

/** The word for a field that holds nothing. */
export const unset = (field: string): string => ABOUT.get(field)?.unset ?? 'off'

/** Whether most launches set it. */
export const isFirst = (field: string): boolean => ABOUT.get(field)?.first ?? false
