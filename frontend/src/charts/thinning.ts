// Which points a crowded chart draws. Plotly keeps several objects per point; forty curves of hundreds
// of epochs cost more than a screen can show. Such a chart draws one of every few epochs: the same ones of all curves, so
// that pointing at one compares them, and of neighbours that which stands out most; beside these the spikes of each. Pure.
import type { Range } from './zoom'

/** On a whole chart, all lines together. */
const MOST_POINTS = 4000
/** Of the longest line: with fewer its corners would show. */
const LEAST_POINTS = 80
/** Of the chart's height: what departs so far from its neighbours is drawn of its own line, whatever the others do. */
const SPIKE = 0.1

const NOTHING = new Float64Array()

/** One line's measured values and where they stand on the axis, oldest first; a value that was not finite is null. */
export interface Points {
  epoch: readonly number[]
  x: (number | null)[]
  y: readonly (number | null)[]
}

export interface Lens {
  /** A logarithmic axis: one early spike leaves the rest readable. */
  log: boolean
  /** Where somebody has zoomed in; `everything` leaves nothing out. */
  closer: Range | 'everything' | null
}

export interface Thinned {
  /** Of so many neighbouring epochs in sight one is drawn; 1 where each is. */
  every: number
  /** Of each line the places of the points that are drawn. */
  places: number[][]
}

/** What is in sight is thinned by what is in sight: a closer look shows more, at last every epoch. */
export function thinned(lines: readonly Points[], { log, closer }: Lens): Thinned {
  const far = strideOf(lines.map(({ x }) => x.length))
  if (far === 1 || closer === 'everything') return { every: 1, places: lines.map(({ x }) => [...x.keys()]) }
  const inSight = (x: number | null) => closer === null || (x !== null && x >= closer[0] && x <= closer[1])
  const near = closer === null ? far : strideOf(lines.map(({ x }) => x.filter(inSight).length))
  const heights = lines.map(({ y }) => (log ? y.map(logarithm) : y))
  const departures = heights.map(departuresOf)
  const [ofAll, spike] = [byEpoch(lines, departures), SPIKE * spanOf(heights)]
  const drawn = { far: standingOut(ofAll, far), near: standingOut(ofAll, near) }
  const places = lines.map((line, number) => {
    const { epoch, x } = line
    const own = byEpoch([line], departures.slice(number, number + 1))
    const spikes = { far: standingOut(own, far, spike), near: standingOut(own, near, spike) }
    return [...epoch.keys()].filter((place) => {
      const [at, distance] = [epoch[place] ?? 0, inSight(x[place] ?? null) ? 'near' : 'far'] as const
      return place === 0 || place === epoch.length - 1 || drawn[distance].has(at) || spikes[distance].has(at)
    })
  })
  return { every: near, places }
}

function strideOf(counts: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0)
  const longest = Math.max(0, ...counts)
  return Math.max(1, Math.min(Math.ceil(all / MOST_POINTS), Math.floor(longest / LEAST_POINTS)))
}

/** Nothing stands on a logarithmic axis at zero or below. */
const logarithm = (value: number | null): number | null => (value === null || value <= 0 ? null : Math.log(value))

/** How far each point is from the middle of its neighbours. Where a line breaks off, the break stands out from everything. */
function departuresOf(heights: readonly (number | null)[]): Float64Array {
  const found = new Float64Array(heights.length)
  for (let place = 1; place < heights.length; place += 1) {
    const [before, here, after] = [heights[place - 1] ?? null, heights[place] ?? null, heights[place + 1] ?? null]
    if (before === null) continue
    if (here === null) found[place] = Infinity
    else if (after !== null) found[place] = Math.abs(here - (before + after) / 2)
  }
  return found
}

/** The largest departure of any line at each epoch. */
function byEpoch(lines: readonly Points[], departures: readonly Float64Array[]): Float64Array {
  const last = lines.reduce((most, { epoch }) => Math.max(most, epoch.at(-1) ?? 0), 0)
  const found = new Float64Array(last + 1)
  for (const [line, { epoch }] of lines.entries()) {
    for (const [place, departure] of (departures[line] ?? NOTHING).entries()) {
      const at = epoch[place] ?? 0
      if (departure > (found[at] ?? 0)) found[at] = departure
    }
  }
  return found
}

/** Of each `every` neighbouring epochs the one that stands out most, and by more than `least`; lines that grow keep theirs. */
function standingOut(departures: Float64Array, every: number, least = -1): Set<number> {
  const found = new Set<number>()
  for (let first = 1; first < departures.length; first += every) {
    let best = first
    for (let epoch = first + 1; epoch < first + every; epoch += 1) {
      if ((departures[epoch] ?? 0) > (departures[best] ?? 0)) best = epoch
    }
    if ((departures[best] ?? 0) > least) found.add(best)
  }
  return found
}

function spanOf(heights: readonly (readonly (number | null)[])[]): number {
  let [low, high] = [Infinity, -Infinity]
  for (const line of heights) {
    for (const height of line) {
      if (height === null) continue
      low = Math.min(low, height)
      high = Math.max(high, height)
    }
  }
  // Without any height nothing stands out.
  return Math.max(0, high - low)
}
