// What of a refused launch still stands while the draft is put right. Pure.
import { mistakes, type Mistakes, type Problem } from '../api/problem'
import type { Draft } from './draft'

/**
 * A field's message stands as long as its value is the one that was sent, and the values of the other fields that it
 * names are. What the form has no field for goes with any change; what is about no field at all stays.
 */
export function openProblems(problem: Problem, known: ReadonlySet<string>, sent: Draft, draft: Draft): Mistakes {
  const { at, elsewhere } = mistakes(problem, known)
  const changed = [...known].filter((field) => JSON.stringify(valueOf(sent, field)) !== JSON.stringify(valueOf(draft, field)))
  const still = Object.entries(at).filter(([field, message]) => !changed.some((each) => each === field || names(message, each, sent)))
  return { at: Object.fromEntries(still), elsewhere: problem.fields.length > 0 && changed.length > 0 ? [] : elsewhere }
}

function valueOf({ name, models, dataset, seeds, values, carried }: Draft, field: string): unknown {
  const own: Readonly<Record<string, unknown>> = { name, model: models, dataset, seed: seeds }
  return carried[field] ?? own[field] ?? values[field]
}

/** A data set is named by its key: `the images of digits`. */
function names(message: string, field: string, { dataset }: Draft): boolean {
  const words: readonly string[] = message.match(/\w+/g) ?? []
  return words.includes(field) || (field === 'dataset' && words.includes(dataset))
}
