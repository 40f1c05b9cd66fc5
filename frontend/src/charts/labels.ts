// Names for curves that say only what differs among them.
import type { Run, RunSpec } from '../api/types'

type Field = keyof RunSpec

/** Short words for the fields that tell runs apart most often; others go by their own name. */
const WORDS: Partial<Record<Field, string>> = {
  learning_rate: 'lr',
  batch_size: 'batch',
  weight_decay: 'decay',
  train_limit: 'images',
}

/** `network: what differs`, and the run's number where even that is the same. */
export function labels(runs: readonly Run[], networkName: (key: string) => string): Map<number, string> {
  const fields = Object.keys(runs[0]?.spec ?? {}).filter((field): field is Field => field !== 'model')
  const differing = fields.filter((field) => new Set(runs.map(({ spec }) => JSON.stringify(spec[field]))).size > 1)
  const bare = runs.map((run) => [networkName(run.spec.model), ...differing.map((field) => part(run.spec, field))].join(' · '))
  return new Map(
    runs.map((run, place) => {
      const label = bare[place] ?? run.name
      const shared = bare.filter((other) => other === label).length > 1
      return [run.id, shared ? `${label} · #${run.id}` : label]
    }),
  )
}

function part(spec: RunSpec, field: Field): string {
  const value = spec[field]
  const text = value === null || value === undefined ? 'all' : Array.isArray(value) ? value.join('/') : String(value)
  if (typeof value === 'string') return text
  return `${WORDS[field] ?? field.replaceAll('_', ' ')} ${text}`
}
