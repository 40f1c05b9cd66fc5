// The table as CSV: what it always shows, and every field of the spec.
import type { Run } from '../api/types'
import { csv } from '../charts/download'
import { ATTRIBUTES } from '../model/attributes'

export function tableCsv(runs: readonly Run[]): string {
  const attributes = ATTRIBUTES.filter(({ id }) => id !== 'best_epoch')
  const header = ['run', 'name', 'status', 'best', 'best_epoch', 'selected_on', ...attributes.map(({ id }) => id)]
  const rows = runs.map((run) => [
    run.id, run.name, run.status, run.best?.value, run.best?.epoch, run.best?.selected_on, ...attributes.map(({ value }) => value(run)),
  ])
  return csv([header, ...rows])
}
