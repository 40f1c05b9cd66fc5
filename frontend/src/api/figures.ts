// The kinds of figures and their options: the server's own list (GET /figures), which the build takes from its OpenAPI document. Pure.
import type { components } from './schema'
import { figures } from './spec.json'

export type FigureKind = components['schemas']['FigureKind']
export type FigureCard = components['schemas']['FigureCard']
export type FigureOption = components['schemas']['FigureOption']

const CARDS: ReadonlyMap<string, FigureCard> = new Map(figures.map((card) => [card.kind, card]))

/** Figures that the evidence page and the report show as they are, narrow ones first. */
export const PLAIN = (figures as readonly (FigureCard & { kind: FigureKind })[]).filter(({ plain }) => plain).sort((one, other) => Number(one.wide) - Number(other.wide))

/** Of a kind that this page's server offers; a link may name another one, of a newer server. */
export function cardOf(kind: string): FigureCard {
  return CARDS.get(kind) ?? { kind, title: kind, help: '', wide: false, plain: false, options: [] }
}

/** Undefined where figures of the kind have no such option. */
export const optionOf = (kind: string, name: string): FigureOption | undefined => cardOf(kind).options.find((option) => option.name === name)

/** The default of an option; empty if that depends on the request. */
export const defaultOf = (kind: FigureKind, name: string): string => optionOf(kind, name)?.default ?? ''
