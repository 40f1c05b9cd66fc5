// What the fields hold that nobody has set, and which layer sets them: the server's answer, in words. Pure.
import type { components } from '../api/schema'
import { written } from '../model/attributes'
import { heldValue } from '../model/fields'

export type SpecDefaults = components['schemas']['SpecDefaults']
export type Origin = SpecDefaults['origins'][string]

/** A field as the form shows it while nobody has set it. */
export interface Untouched {
  /** Empty text where the networks differ. */
  value: string | boolean
  origin: Origin
  text: string
  hint: string
}

const WORDS: Readonly<Record<Origin, readonly [text: string, hint: string]>> = {
  given: ['Modified', 'Set in this form.'],
  preset: ['Preset', 'Set by the preset.'],
  network: ['Network', 'Set by the network.'],
  default: ['Default', 'The default of every run.'],
}

/** Those of one network. */
export const defaultsOf = (model: string, defaults: readonly SpecDefaults[]): SpecDefaults | undefined => defaults.find(({ models }) => models.includes(model))

/** `networkName`: what people call a network. Undefined while the server has not answered. */
export function untouched(field: string, defaults: readonly SpecDefaults[], networkName: (key: string) => string): Untouched | undefined {
  const [first] = defaults
  if (first === undefined) return undefined
  const origin = first.origins[field] ?? 'default'
  const value = heldValue(first.fields[field])
  const texts = defaults.map(({ fields }) => written(field, fields[field]))
  if (new Set(texts).size === 1 && defaults.every(({ origins }) => origins[field] === origin)) {
    const [text, hint] = WORDS[origin]
    return { value, origin, text, hint }
  }
  const hint = defaults.map(({ models }, place) => `${models.map(networkName).join(', ')}: ${texts[place] ?? ''}`).join('; ')
  return { value: typeof value === 'boolean' || new Set(texts).size === 1 ? value : '', origin: 'network', text: 'Varies by network', hint }
}
