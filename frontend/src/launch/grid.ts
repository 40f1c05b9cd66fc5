// How many runs a draft makes: one for each combination of its networks, seeds and varied settings. Pure.
import { plural, whole } from '../lib/format'
import type { Field } from '../model/fields'
import type { Draft } from './draft'
import { MOST_RUNS, parseSeeds } from './seeds'

export const countRuns = (draft: Draft): number => runsPerSeed(draft) * parseSeeds(draft.seeds).length

function runsPerSeed({ models, carried }: Draft): number {
  return Object.values(carried).reduce((runs, values) => runs * values.length, models.length)
}

/** What is wrong with the seeds where they make more runs than one launch takes; empty where nothing is. */
export function tooMany(draft: Draft): string {
  // Also before a network is chosen: there will be one.
  const each = Math.max(1, runsPerSeed(draft))
  const most = Math.floor(MOST_RUNS / each)
  if (parseSeeds(draft.seeds).length <= most) return ''
  const made = each === 1 ? '' : `, and each seed makes ${whole(each)}`
  return `A launch takes at most ${whole(MOST_RUNS)} runs${made}${most === 0 ? '' : `: at most ${plural(most, 'seed')}`}.`
}

/** A warning where the duplicated runs are no full grid, as long as the draft makes as many as at first. */
export function gridNote(duplicated: number, first: Draft, draft: Draft): string {
  const grid = countRuns(first)
  if (grid === duplicated || countRuns(draft) !== grid) return ''
  return `The experiment has ${plural(duplicated, 'run')}. This launches ${grid}: every combination of the values that vary, each once.`
}

/** `2 networks × 5 seeds × 2 learning rate`. */
export function summary({ models, seeds, carried }: Draft, fields: readonly Field[]): string {
  if (models.length === 0) return 'Select at least one network.'
  const count = parseSeeds(seeds).length
  const titled = (name: string): string => (fields.find((field) => field.name === name)?.title ?? name).toLowerCase()
  const varied = Object.entries(carried).filter(([, values]) => values.length > 1)
  const parts = [plural(models.length, 'network'), count !== 1 && plural(count, 'seed'), ...varied.map(([name, { length }]) => `${length} values of ${titled(name)}`)]
  return parts.filter(Boolean).join(' × ')
}
