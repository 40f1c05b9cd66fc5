// A run's columns as a curve of the charts, and which curves are averaged together. Pure.
import { groupBy } from '../lib/collections'
import type { Columns } from '../live/columns'
import type { RunStyle } from '../theme/palette'
import type { Clock } from './axes'

export interface Curve {
  run: number
  label: string
  runStyle: RunStyle
  columns: Columns
  clock: Clock
  /** The same for runs that differ only in their seed. */
  group: string
  groupLabel: string
  seed: number
  finished: boolean
}

export interface Group {
  first: Curve
  members: readonly Curve[]
  /** Of its network's colour; its shade, dash and marker tell it from the network's other groups. */
  runStyle: RunStyle
}

/** Curves that are averaged together, in the order of their first ones. */
export function groupsOf(curves: readonly Curve[]): Group[] {
  const found: Group[] = []
  for (const members of groupBy(curves, ({ group }) => group).values()) {
    const [first] = members
    if (first === undefined) continue
    const variant = found.filter(({ runStyle }) => runStyle.hue === first.runStyle.hue && runStyle.lap === first.runStyle.lap).length
    found.push({ first, members, runStyle: { ...first.runStyle, variant } })
  }
  return found
}
