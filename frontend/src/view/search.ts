// The view as the URL tells it: which runs the charts show, how the table is sorted, whether the launch form is open.
// Light or dark is not part of it: a link looks the way its reader likes.

export const SORTS = ['-id', 'name', '-name', 'best', '-best'] as const

export type Sort = (typeof SORTS)[number]

export interface View {
  /** Left out: the newest runs, whichever they are. */
  runs?: readonly number[]
  /** Left out: newest first. */
  sort?: Sort
  /** Left out: linear. */
  loss?: 'log'
  launch?: true
}

/** How many of the newest runs the charts show while nobody has chosen. */
export const SHOWN_BY_DEFAULT = 8

/** From what stands after the question mark, or from a view: whatever makes no sense is left out. */
export function parseView(raw: Record<string, unknown>): View {
  const runs = parseRuns(raw.runs)
  const sort = SORTS.find((each) => each === raw.sort)
  return {
    ...(runs !== undefined && { runs }),
    ...(sort !== undefined && sort !== '-id' && { sort }),
    ...(raw.loss === 'log' && { loss: raw.loss }),
    ...((raw.launch === true || raw.launch === '1') && { launch: true as const }),
  }
}

/** `?runs=1,2&sort=-best`, readable, and empty for the view that everyone starts with. */
export function writeView({ runs, sort, loss, launch }: View): string {
  const parts: string[] = []
  if (runs !== undefined) parts.push(`runs=${runs.join(',')}`)
  if (sort !== undefined) parts.push(`sort=${sort}`)
  if (loss !== undefined) parts.push(`loss=${loss}`)
  if (launch) parts.push('launch=1')
  return parts.length > 0 ? `?${parts.join('&')}` : ''
}

export function parseQuery(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query))
}

function parseRuns(raw: unknown): number[] | undefined {
  if (Array.isArray(raw)) return unique(raw.map(Number))
  if (typeof raw === 'string') return unique(raw.split(',').filter(Boolean).map(Number))
  return undefined
}

function unique(ids: number[]): number[] {
  return [...new Set(ids.filter((id) => Number.isSafeInteger(id) && id > 0))]
}

/** The runs that the charts show. `newestFirst` are the ids of all that are known. */
export function shownRuns(view: View, newestFirst: readonly number[]): readonly number[] {
  return view.runs ?? newestFirst.slice(0, SHOWN_BY_DEFAULT)
}

export function toggled(shown: readonly number[], run: number): readonly number[] {
  return shown.includes(run) ? shown.filter((id) => id !== run) : [...shown, run].sort((a, b) => a - b)
}
