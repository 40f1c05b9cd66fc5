// What there is to know of each kind of figure: the server's own list (GET /figures), which the build takes from its OpenAPI document. Pure.
import { figures } from '../api/spec.json'
import type { components, paths } from '../api/schema'
import type { FigureLink } from '../api/types'
import { percentOf } from '../lib/format'
import { ofPlugins } from '../model/quantities'

export type FigureKind = components['schemas']['FigureKind']
export type FigureCard = components['schemas']['FigureCard']

type Asked = NonNullable<paths['/api/v1/figures/{kind}']['get']['parameters']['query']>

export type FigureOptions = Omit<Asked, 'runs' | 'experiment' | 'scheme'>

const CARDS: ReadonlyMap<string, FigureCard> = new Map(figures.map((card) => [card.kind, card]))

/** Of a kind that this page's server offers; a link may name another one, of a newer server. */
export function cardOf(kind: string): FigureCard {
  return CARDS.get(kind) ?? { kind, title: kind, help: '', wide: false, options: [] }
}

/** The choices of an option, as a select takes them; metrics of plugins come after those of the build. */
export function choicesOf(kind: string, name: string): { value: string; label: string }[] {
  const listed = optionOf(cardOf(kind), name)?.choices.map(({ value, title }) => ({ value, label: title })) ?? []
  return name === 'key' ? [...listed, ...ofPlugins().map(({ key, title }) => ({ value: key, label: title }))] : listed
}

export const optionTitle = (kind: FigureKind, name: keyof FigureOptions): string => optionOf(cardOf(kind), name)?.title ?? name

/** `Time to target accuracy: epochs, 60%`: with the options that it was asked. */
export function titleOf({ kind, options = {} }: FigureLink): string {
  const card = cardOf(kind)
  const { target, ...others } = options
  const chosen = Object.entries(others).map(([name, value]) => choicesOf(kind, name).find((choice) => choice.value === value)?.label ?? value)
  const parts = target === undefined ? chosen : [...chosen, percentOf(Number(target))]
  return parts.length > 0 ? `${card.title}: ${parts.join(', ')}` : card.title
}

const optionOf = ({ options }: FigureCard, name: string): FigureCard['options'][number] | undefined => options.find((option) => option.name === name)
