// Labels of curves: only what differs among them. Pure.
import { isLabRun, type RunSpec } from '../api/types'
import { groupBy } from '../lib/collections'
import type { Settled } from '../live/store'
import { contentOf } from './dataVersion'
import { written } from './attributes'
import { setsApart, shortName, unset } from './fields'

type Field = keyof RunSpec

/** More would be a sentence; the table has the rest. */
const MOST_FIELDS = 2

type WithSpec = Settled & { spec: RunSpec }

/** The network and what sets a run apart; values that more than half of the runs share go without saying. A run without a spec is called by its name. */
export function labels(runs: readonly Settled[], networkName: (key: string) => string): Map<number, string> {
  const specs = runs.filter(isLabRun)
  const names = labelsOfSpecs(specs, networkName)
  const told = new Map(specs.map(({ id }, place) => [id, names[place]]))
  const bare = runs.map(({ id, name }) => told.get(id) ?? name)
  return new Map(
    runs.map((run, place) => {
      const label = bare[place] ?? run.name
      const shared = bare.filter((other) => other === label).length > 1
      return [run.id, shared ? `${label} · #${run.id}` : label]
    }),
  )
}

function labelsOfSpecs(runs: readonly WithSpec[], networkName: (key: string) => string): string[] {
  const fields = Object.keys(runs[0]?.spec ?? {}).filter((field): field is Field => field !== 'model')
  const differing = fields.filter((field) => new Set(runs.map(({ spec }) => JSON.stringify(spec[field]))).size > 1)
  const usual = new Map(differing.map((field) => [field, majority(runs, field)]))
  return runs.map(({ spec }) => {
    const telling = differing.filter((field) => JSON.stringify(spec[field]) !== usual.get(field))
    return [networkName(spec.model), ...telling.slice(0, MOST_FIELDS).map((field) => part(spec, field))].join(' · ')
  })
}

function majority(runs: readonly WithSpec[], field: Field): string | undefined {
  const counts = new Map<string, number>()
  for (const { spec } of runs) {
    const value = JSON.stringify(spec[field])
    const count = (counts.get(value) ?? 0) + 1
    if (count * 2 > runs.length) return value
    counts.set(value, count)
  }
  return undefined
}

function part(spec: RunSpec, field: Field): string {
  const value = spec[field]
  const text = value === null || value === undefined ? unset(field) : Array.isArray(value) ? value.join('/') : String(value)
  if (typeof value === 'string') return written(field, value)
  return `${shortName(field)} ${text}`
}

/** The same for every run that differs by its seed, or by what it logs, alone, on the same images: a cell of the evidence. One without a spec is alone. */
export function groupOf(run: Settled): string {
  if (run.spec === null) return `#${run.id}`
  return JSON.stringify([...Object.entries(run.spec).filter(([field]) => setsApart(field)), contentOf(run)])
}

/** A label for each group, with its number of distinct seeds. */
export function groupLabels(runs: readonly Settled[], networkName: (key: string) => string): Map<string, string> {
  const groups = groupBy(runs, groupOf)
  const firsts = [...groups.values()].flatMap(([first]) => (first ? [{ ...first, spec: first.spec && { ...first.spec, seed: 0 } }] : []))
  const names = labels(firsts, networkName)
  return new Map([...groups].map(([group, members]) => [group, `${names.get(members[0]?.id ?? 0) ?? ''} · n = ${new Set(members.map(({ spec }) => spec?.seed)).size}`]))
}
