// The rows of the difference table. Pure.
import type { Run } from '../api/types'
import { csv } from '../charts/download'
import { ATTRIBUTES, type Attribute } from '../model/attributes'
import { areAlike, bestText } from '../model/best'
import { mixedVersions } from '../model/dataVersion'

export interface Cell {
  /** As measured or asked for, for a file. */
  value: string | number | undefined
  text: string
  /** The best of its row. */
  best: boolean
}

export interface TableRow {
  id: string
  title: string
  cells: readonly Cell[]
  differs: boolean
}

/** 1: higher is better; -1: lower is better. */
const BETTER: Readonly<Record<string, 1 | -1>> = { best: 1, took: -1 }

const RESULT: Attribute = { id: 'best', title: 'Best accuracy', value: ({ best }) => best?.value, text: ({ best }) => (best ? bestText(best) : '') }

/** Results first, then every field of the spec and every attribute. */
export function rowsOf(runs: readonly Run[]): TableRow[] {
  return [RESULT, ...ATTRIBUTES].map(({ id, title, value, text }) => {
    const values = runs.map(value)
    const best = id === RESULT.id && (!areAlike(runs) || mixedVersions(runs).length > 0) ? undefined : bestOf(values, BETTER[id])
    return {
      id,
      title,
      cells: runs.map((run, place) => ({ value: values[place], text: text(run), best: best !== undefined && values[place] === best })),
      differs: new Set(runs.map(text)).size > 1,
    }
  })
}

/** A column for each run, as in the table; on what its best epoch was selected is a line of its own. */
export function differencesCsv(runs: readonly Run[], rows: readonly TableRow[]): string {
  const header = ['', ...runs.map(({ id, name }) => `#${id} ${name}`)]
  const chosen = ['selected_on', ...runs.map(({ best }) => best?.selected_on)]
  const lines = rows.map(({ id, cells }) => [id, ...cells.map(({ value }) => value)])
  return csv([header, ...lines.flatMap((line) => (line[0] === RESULT.id ? [line, chosen] : [line]))])
}

/** The best of several numbers; undefined where none stands out. */
export function bestOf(values: readonly unknown[], better: 1 | -1 | undefined): number | undefined {
  const numbers = values.filter((value): value is number => typeof value === 'number')
  if (better === undefined || new Set(numbers).size < 2) return undefined
  return better === 1 ? Math.max(...numbers) : Math.min(...numbers)
}
