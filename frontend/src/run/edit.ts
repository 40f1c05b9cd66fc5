// What somebody changes of a run's name, tags and note while others may change them as well. Pure.
import type { Run } from '../api/types'

export type Noted = Pick<Run, 'name' | 'tags' | 'note'>

/** What was touched: the value as it stood then, and as it is to be. What is not here follows the run. */
export type Edit = { readonly [Field in keyof Noted]?: { readonly before: Noted[Field]; readonly after: Noted[Field] } }

/** A field that is put back to what it was is not touched. */
export function edited<Field extends keyof Noted>(edit: Edit, run: Noted, field: Field, after: Noted[Field]): Edit {
  const before = edit[field]?.before ?? run[field]
  const { [field]: _, ...others } = edit
  return JSON.stringify(before) === JSON.stringify(after) ? others : { ...others, [field]: { before, after } }
}

/** As the form shows it. */
export const shown = (edit: Edit, run: Noted): Noted => ({
  name: edit.name?.after ?? run.name,
  tags: edit.tags ? mergedTags(run.tags, edit.tags) : run.tags,
  note: edit.note?.after ?? run.note,
})

/** What is to be sent: the fields that would change something. */
export function changesOf(edit: Edit, run: Noted): Partial<Noted> {
  const next = shown(edit, run)
  return {
    ...(edit.name && next.name !== run.name && { name: next.name }),
    ...(edit.tags && next.tags.join('\n') !== run.tags.join('\n') && { tags: next.tags }),
    ...(edit.note && next.note !== run.note && { note: next.note }),
  }
}

/** What has become of a field since it was touched, where that is neither what it was nor what it is to be. */
export function meanwhile(edit: Edit, run: Noted, field: 'name' | 'note'): string | null {
  const change = edit[field]
  return change === undefined || run[field] === change.before || run[field] === change.after ? null : run[field]
}

/** Tags are a set: those that were added and removed, on whatever others have made of the rest. */
function mergedTags(now: readonly string[], { before, after }: { before: readonly string[]; after: readonly string[] }): string[] {
  const kept = now.filter((tag) => after.includes(tag) || !before.includes(tag))
  return [...kept, ...after.filter((tag) => !before.includes(tag) && !kept.includes(tag))]
}
