// The lines of a chart as values: one for each run, or the mean over the seeds of each configuration. Pure.
import { groupBy } from '../lib/collections'
import type { Column, Columns } from '../live/columns'
import { linesOf, scaleOf, type Line, type Scale } from '../model/quantities'
import { dashOf, type Dash, type RunStyle } from '../theme/palette'
import type { Band, Part, XAxis } from '../view/urlState'
import { isInside, stepsPerEpoch, xValues, type Clock } from './axes'
import { groupsOf, type Curve } from './curve'
import { summary } from './maths'
import type { Points } from './thinning'

export interface PathsInput {
  quantity: string
  curves: readonly Curve[]
  x: XAxis
  part: Part | undefined
  /** Averages over seeds, with this band. */
  mean: Band | undefined
}

/** One line: a run's, or the mean of several. */
export interface Path {
  uid: string
  label: string
  runStyle: RunStyle
  /** Where the dash does not say which part it is. */
  dash: Dash
  part: Line['part']
  runs: readonly number[]
  points: Points
  /** Whether its points are steps, several per epoch. */
  inside: boolean
  /** Half the height of the band around it, where it has one. */
  spread?: readonly (number | null)[]
}

/** Those with at least one finite value, by run. */
export function pathsOf(input: PathsInput): Path[] {
  const paths = linesOf(input.quantity, input.part).flatMap((line) => (input.mean ? meanPaths(input, line) : runPaths(input, line)))
  // Without any finite value there is no height at which to mark the others, and without any place nowhere to draw them.
  return paths.filter(({ points }) => points.y.some((value) => value !== null) && points.x.some((value) => value !== null)).sort((a, b) => (a.runs[0] ?? 0) - (b.runs[0] ?? 0))
}

function runPaths({ curves, x, quantity }: PathsInput, { key, part }: Line): Path[] {
  const scale = scaleOf(quantity)
  return curves.flatMap(({ run, label, runStyle, seed, columns, clock }) => {
    const column = columns.get(key)
    if (column === undefined) return []
    const inside = isInside(column)
    // Thinning selects epochs: of points within epochs, each counts as one.
    const epoch = inside ? column.epoch.map((_, index) => index + 1) : column.epoch
    const points = { epoch, x: xValues(column, x, paced(clock, columns)), y: drawnAs(scale, column.value) }
    return [{ uid: uidOf(`run-${run}`, key), label, runStyle, dash: dashOf(seed), part, runs: [run], inside, points }]
  })
}

/**
 * Plotly identifies traces by uid: without it, hiding one run would give its curve to the next. It also builds CSS
 * selectors from it, so it must not hold the metric's slash.
 */
const uidOf = (owner: string, key: string): string => `${owner}-${key}`.replace(/[^\w-]/g, '-')

const paced = (clock: Clock, columns: Columns): Clock => ({ ...clock, stepsPerEpoch: stepsPerEpoch(columns.values()) })

/** A difference of shares is drawn in percentage points. */
const drawnAs = (scale: Scale, values: readonly (number | null)[]): readonly (number | null)[] =>
  scale === 'signed share' ? values.map((value) => (value === null ? null : 100 * value)) : values

function meanPaths(input: PathsInput, { key, part }: Line): Path[] {
  return groupsOf(input.curves).flatMap(({ first, members, runStyle }) => {
    const samples = oneRunPerSeed(members).flatMap(({ columns, clock }) => {
      const column = columns.get(key)
      return column === undefined ? [] : [sampleOf(column, input, paced(clock, columns))]
    })
    if (samples.length === 0) return []
    const inside = samples.some((each) => each.inside)
    const { points, spread } = average(samples, input.mean ?? 'sd')
    // A mean has no seed: as in the server's figures, its dash distinguishes the configurations of a network.
    return [{ uid: uidOf(`mean-${first.run}`, key), label: first.groupLabel, runStyle, dash: dashOf(runStyle.variant), part, runs: members.map(({ run }) => run), inside, points, spread }]
  })
}

/** The first finished run of each seed, or else the newest: a repeated seed is not an independent sample. */
function oneRunPerSeed(members: readonly Curve[]): Curve[] {
  const bySeed = groupBy(members.toSorted((a, b) => a.run - b.run), ({ seed }) => seed)
  return [...bySeed.values()].flatMap((same) => same.find(({ finished }) => finished) ?? same.at(-1) ?? [])
}

/** One run's values, at the epochs at which they are averaged with those of other seeds. */
interface Sample {
  /** Whether `epoch` counts tenths of epochs. */
  inside: boolean
  epoch: readonly number[]
  x: readonly (number | null)[]
  y: readonly (number | null)[]
}

function sampleOf(column: Column, { quantity, x }: PathsInput, clock: Clock): Sample {
  const sample = { inside: isInside(column), epoch: column.epoch, x: xValues(column, x, clock), y: drawnAs(scaleOf(quantity), column.value) }
  return sample.inside ? binned(sample, xValues(column, 'epoch', clock)) : sample
}

/** Runs sample different steps, so that only means over each tenth of an epoch can be averaged. */
function binned({ inside, x, y }: Sample, epochs: readonly (number | null)[]): Sample {
  const bins = groupBy(epochs.keys(), (index) => Math.ceil((epochs[index] ?? 0) * 10 - 1e-9))
  const means = (values: Sample['y']) => [...bins.values()].map((indices) => meanOf(indices.map((index) => values[index] ?? null)))
  return { inside, epoch: [...bins.keys()], x: means(x), y: means(y) }
}

/** Null if one of them is not finite. */
function meanOf(values: Sample['y']): number | null {
  const known = values.filter((value) => value !== null)
  return known.length < values.length || known.length === 0 ? null : summary(known, 'sd').mean
}

/** The mean over the runs with a finite value, at each epoch; on other axes at the mean of their x values. */
function average(samples: readonly Sample[], band: Band): { points: Points; spread: (number | null)[] } {
  const found = new Map<number, { x: number[]; y: number[] }>()
  for (const { epoch: epochs, x, y } of samples) {
    for (const [index, epoch] of epochs.entries()) {
      const [across, value] = [x[index] ?? null, y[index] ?? null]
      if (across === null || value === null) continue
      const here = found.get(epoch) ?? { x: [], y: [] }
      here.x.push(across)
      here.y.push(value)
      found.set(epoch, here)
    }
  }
  const epochs = [...found.entries()].sort(([a], [b]) => a - b)
  const summaries = epochs.map(([, { y }]) => summary(y, band))
  return {
    points: { epoch: epochs.map(([epoch]) => epoch), x: epochs.map(([, { x }]) => summary(x, 'sd').mean), y: summaries.map(({ mean }) => mean) },
    spread: summaries.map(({ spread }) => spread),
  }
}
