// What all claims together still lack: one line a network, whoever asks for it. Pure.
import type { SetEvidence } from '../api/types'

export interface Wanted {
  key: string
  model: string
  seeds: readonly number[]
  /** The fields that all its runs share. */
  spec: Readonly<Record<string, unknown>>
  /** The claims that it would settle, in order. */
  claims: readonly string[]
}

export interface Launch {
  vary: Record<string, unknown[]>
  spec: Record<string, unknown>
}

/** Claims that ask for the same network under the same recipe share its runs. */
export function wantedOf(sets: readonly Pick<SetEvidence, 'claims'>[]): Wanted[] {
  const found = new Map<string, Wanted>()
  for (const { id, missing } of sets.flatMap(({ claims }) => claims)) {
    for (const { vary, spec } of missing?.launches ?? []) {
      for (const model of vary.model ?? []) {
        const key = `${String(model)} ${canonical(spec)}`
        const before = found.get(key)
        found.set(key, {
          key,
          model: String(model),
          spec,
          seeds: union(before?.seeds ?? [], (vary.seed ?? []).map(Number)),
          claims: [...new Set([...(before?.claims ?? []), id])],
        })
      }
    }
  }
  // What settles most stands first.
  return [...found.values()].sort((a, b) => b.claims.length - a.claims.length)
}

/** As few requests as can be: networks that lack the same seeds under the same recipe go together. */
export function launchesOf(wanted: readonly Wanted[]): Launch[] {
  const groups = new Map<string, Launch>()
  for (const { model, seeds, spec } of wanted) {
    const key = `${seeds.join(',')} ${canonical(spec)}`
    const group = groups.get(key) ?? { vary: { model: [], seed: [...seeds] }, spec }
    group.vary.model?.push(model)
    groups.set(key, group)
  }
  return [...groups.values()]
}

export const countRuns = (wanted: readonly Wanted[]): number => wanted.reduce((sum, { seeds }) => sum + seeds.length, 0)

const canonical = (spec: Readonly<Record<string, unknown>>): string => JSON.stringify(Object.entries(spec).sort(([a], [b]) => a.localeCompare(b)))

const union = (some: readonly number[], more: readonly number[]): number[] => [...new Set([...some, ...more])].sort((a, b) => a - b)
