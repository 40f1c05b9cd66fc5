// Where the value of each field comes from, in words: the lab's own answer. Pure.
import type { components } from '../api/schema'
import type { RunSpec } from '../api/types'
import { written } from '../model/attributes'

export type ResolvedSpec = components['schemas']['ResolvedSpec']
export type Origin = ResolvedSpec['origins'][string]

export interface Source {
  origin: Origin
  text: string
  hint: string
}

/** What a run of these networks would be. */
export interface Answer {
  networks: readonly string[]
  resolved: ResolvedSpec
}

const WORDS: Readonly<Record<Origin, readonly [text: string, hint: string]>> = {
  given: ['set here', 'Set here; nothing else changes it.'],
  preset: ['recipe', 'From the recipe.'],
  network: ['network', 'The network sets this itself.'],
  default: ['default', 'The lab’s default.'],
}

export function sourcesOf(answers: readonly Answer[]): Record<string, Source> {
  const [first] = answers
  if (first === undefined) return {}
  return Object.fromEntries(Object.keys(first.resolved.origins).map((name) => [name, sourceOf(name, answers, first)]))
}

function sourceOf(name: string, answers: readonly Answer[], first: Answer): Source {
  const origin = first.resolved.origins[name] ?? 'default'
  const values = answers.map(({ resolved }) => written(name, resolved.spec[name as keyof RunSpec]))
  if (answers.every(({ resolved }) => resolved.origins[name] === origin) && new Set(values).size === 1) {
    const [text, hint] = WORDS[origin]
    return { origin, text, hint }
  }
  const each = answers.map(({ networks }, place) => `${networks.join(', ')}: ${values[place] ?? ''}`)
  return { origin: 'network', text: 'by network', hint: each.join('; ') }
}
