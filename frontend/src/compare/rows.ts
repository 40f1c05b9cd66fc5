// The rows of the difference table. Pure.
import type { Run } from '../api/types'
import { FACTS } from '../runs/facts'
import { percent } from '../ui/format'

export interface Cell {
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

/** Which of these has a value is better by being high; -1: by being low. */
const BETTER: Readonly<Record<string, 1 | -1>> = { best: 1, took: -1 }

const RESULT = { id: 'best', title: 'Best test accuracy', value: ({ best }: Run) => best?.value, text: ({ best }: Run) => (best ? percent(best.value) : '') }

/** Results first, then every field of the spec and every fact. */
export function rowsOf(runs: readonly Run[]): TableRow[] {
  return [RESULT, ...FACTS].map(({ id, title, value, text }) => {
    const values = runs.map(value)
    const best = bestOf(values, BETTER[id])
    return {
      id,
      title,
      cells: runs.map((run, place) => ({ text: text(run), best: best !== undefined && values[place] === best })),
      differs: new Set(runs.map(text)).size > 1,
    }
  })
}

/** The best of several numbers; undefined where none stands out. */
export function bestOf(values: readonly unknown[], better: 1 | -1 | undefined): number | undefined {
  const numbers = values.filter((value): value is number => typeof value === 'number')
  if (better === undefined || new Set(numbers).size < 2) return undefined
  return better === 1 ? Math.max(...numbers) : Math.min(...numbers)
}
