// Titles of figures and the choices of their options, those of plugins' metrics included. Pure.
import { cardOf, optionOf, type FigureKind } from '../api/figures'
import type { paths } from '../api/schema'
import type { FigureLink } from '../api/types'
import { percentOf } from '../lib/format'
import { ofPlugins } from '../model/quantities'

type Query = NonNullable<paths['/api/v1/figures/{kind}']['get']['parameters']['query']>

export type FigureOptions = Omit<Query, 'runs' | 'experiment' | 'scheme'>

/** The choices of an option, as a select takes them; metrics of plugins come after those of the build. */
export function choicesOf(kind: string, name: string): { value: string; label: string }[] {
  const listed = optionOf(kind, name)?.choices.map(({ value, title }) => ({ value, label: title })) ?? []
  return name === 'key' ? [...listed, ...ofPlugins().map(({ key, title }) => ({ value: key, label: title }))] : listed
}

export const optionTitle = (kind: FigureKind, name: keyof FigureOptions): string => optionOf(kind, name)?.title ?? name

/** `Time to target accuracy: epochs, 60%`: with the options that were given. */
export function titleOf({ kind, options = {} }: FigureLink): string {
  const card = cardOf(kind)
  const { target, ...others } = options
  const chosen = Object.entries(others).map(([name, value]) => choicesOf(kind, name).find((choice) => choice.value === value)?.label ?? value)
  const parts = target === undefined ? chosen : [...chosen, percentOf(Number(target))]
  return parts.length > 0 ? `${card.title}: ${parts.join(', ')}` : card.title
}
