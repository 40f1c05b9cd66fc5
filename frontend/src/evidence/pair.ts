// Which two cells are compared: the address names each by one of its runs, because indices shift. Pure.
import type { Measured } from '../api/types'

type Pair = readonly [first: number, second: number]

const FIRST_TWO: Pair = [0, 1]

/** Their places among these cells. */
export function pairIn(cells: Measured['cells'], chosen: readonly number[] | undefined): Pair {
  const [first = -1, second = -1] = (chosen ?? []).map((run) => cells.findIndex(({ runs }) => runs.includes(run)))
  return first < 0 || second < 0 || first === second ? FIRST_TWO : [first, second]
}

/** Undefined for the default pair. */
export function runsOfPair(cells: Measured['cells'], [first, second]: Pair): readonly number[] | undefined {
  if (first === FIRST_TWO[0] && second === FIRST_TWO[1]) return undefined
  return [first, second].flatMap((place) => cells[place]?.runs[0] ?? [])
}
