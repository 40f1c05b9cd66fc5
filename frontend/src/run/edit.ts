// Edits of a run's name, tags and note, merged with concurrent changes. Pure.
import type { Run } from '../api/types'

export type Noted = Pick<Run, 'name' | 'tags' | 'note'>

/** Edited fields: the value before, and the new one. Other fields follow the run. */
export type Edit = { readonly [Field in keyof Noted]?: { readonly before: Noted[Field]; readonly after: Noted[Field] } }

/** A field set back to its old value is not edited. */
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

/** The fields to send: those that differ from the run. */
export function changesOf(edit: Edit, run: Noted): Partial<Noted> {
  const next = shown(edit, run)
  return {
    ...(edit.name && next.name !== run.name && { name: next.name }),
    ...(edit.tags && next.tags.join('\n') !== run.tags.join('\n') && { tags: next.tags }),
    ...(edit.note && next.note !== run.note && { note: next.note }),
  }
}

/** A concurrent change of an edited field; null without one. */
export function meanwhile(edit: Edit, run: Noted, field: 'name' | 'note'): string | null {
  const change = edit[field]
  return change === undefined || run[field] === change.before || run[field] === change.after ? null : run[field]
}

/** Apply added and removed tags to the current ones. */
function mergedTags(now: readonly string[], { before, after }: { before: readonly string[]; after: readonly string[] }): string[] {
  const kept = now.filter((tag) => after.includes(tag) || !before.includes(tag))
  return [...kept, ...after.filter((tag) => !before.includes(tag) && !kept.includes(tag))]
}
