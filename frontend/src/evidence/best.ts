// Which cell has the best mean of each measure. Pure.
import type { Measured, MeasureCard } from '../api/types'

type Cells = Measured['cells']

/** Measure to the index of its best cell; none where neither way is better, cells tie, only one has it, or a run did not reach the target. */
export function bestCells(cells: Cells, measures: readonly MeasureCard[]): Partial<Record<string, number>> {
  return Object.fromEntries(
    measures.flatMap(({ key, better }) => {
      if (better === 'none') return []
      // A time cut at the budget is a lower bound: no other is known to be longer.
      if (cells.some(({ summaries: { [key]: found } }) => found?.reached != null && found.reached < found.n)) return []
      const means = cells.map(({ summaries }) => summaries[key]?.mean)
      const known = means.filter((mean) => mean !== undefined)
      const best = better === 'lower' ? Math.min(...known) : Math.max(...known)
      return known.length > 1 && known.filter((mean) => mean === best).length === 1 ? [[key, means.indexOf(best)] as const] : []
    }),
  )
}
