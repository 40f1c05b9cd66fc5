// How a run looks: its network gives the colour, its place among the runs of that network the shade and the marker.
// The colours stay apart for every common colour blindness (the first four by an OKLab distance of at least 8 in each)
// and stand out from the page by a contrast of at least 3.
import type { MarkerSymbol } from 'plotly.js-dist-min'

export type Scheme = 'light' | 'dark'

const HUES: Record<Scheme, readonly string[]> = {
  light: ['#1466c9', '#d9560b', '#15a07a', '#9c2f83', '#2a1668', '#6b2a05', '#8f86d6', '#3d4a24'],
  dark: ['#4c86f0', '#ff8d4f', '#6fe8b8', '#f08fee', '#e9e45f', '#cf4a2c', '#6fa3a6', '#e9e9ff'],
}

/** A shade mixes the colour with ink (away from the page) or with paper (towards it). */
const SHADES = [
  { ink: 0, paper: 0 },
  { ink: 0.38, paper: 0 },
  { ink: 0, paper: 0.26 },
] as const

const MARKERS = [
  'circle', 'square', 'diamond', 'triangle-up', 'cross', 'x', 'star', 'triangle-down', 'pentagon', 'hourglass', 'bowtie', 'star-diamond',
] as const satisfies readonly MarkerSymbol[]

export type Marker = (typeof MARKERS)[number]

export interface Look {
  /** The network's colour. */
  hue: number
  /** Which network of that colour it is, for there may be more networks than colours. */
  lap: number
  /** The run's place among those of its network. */
  variant: number
}

const HUE_COUNT = HUES.light.length

/** The look of every run. `networks` fixes the order of colours; a run keeps its look while newer ones come. */
export function looks(runs: Iterable<{ id: number; model: string }>, networks: readonly string[]): Map<number, Look> {
  const sorted = [...runs].sort((a, b) => a.id - b.id)
  const colours = networkColours(new Set(sorted.map(({ model }) => model)), networks)
  const seen = new Map<string, number>()
  return new Map(
    sorted.map(({ id, model }) => {
      const variant = seen.get(model) ?? 0
      seen.set(model, variant + 1)
      return [id, { ...(colours.get(model) ?? PLAIN_LOOK), variant }]
    }),
  )
}

/**
 * The first networks of the catalogue own a colour each. One further down takes a colour whose owner has no runs, the
 * last such first, as the first networks are the likeliest to come; when none is left it shares one.
 */
function networkColours(present: ReadonlySet<string>, networks: readonly string[]): Map<string, Omit<Look, 'variant'>> {
  const order = [...new Set([...networks, ...present])]
  const free = order.slice(0, HUE_COUNT).flatMap((model, hue) => (present.has(model) ? [] : [hue]))
  const colours = new Map<string, Omit<Look, 'variant'>>()
  for (const [place, model] of order.entries()) {
    if (!present.has(model)) continue
    const borrowed = place < HUE_COUNT ? undefined : free.pop()
    colours.set(model, {
      hue: borrowed ?? place % HUE_COUNT,
      lap: borrowed === undefined ? Math.floor(place / HUE_COUNT) : 0,
    })
  }
  return colours
}

export const PLAIN_LOOK: Look = { hue: 0, lap: 0, variant: 0 }

export function colourOf({ hue, variant }: Look, scheme: Scheme): string {
  const hues = HUES[scheme]
  const { ink, paper } = SHADES[turned(variant) % SHADES.length] ?? SHADES[0]
  const [inkColour, paperColour] = scheme === 'light' ? ['#10131a', '#ffffff'] : ['#ffffff', '#14181f']
  return mix(mix(hues[hue] ?? '#808080', inkColour, ink), paperColour, paper)
}

/** Each time that the markers begin again, what goes with them is one further: no two looks of a network are the same. */
const turned = (variant: number): number => variant + Math.floor(variant / MARKERS.length)

/** Networks that share a colour start at different markers, so that no shade meets the same marker twice. */
export function markerOf({ lap, variant }: Look): Marker {
  return MARKERS[(variant + lap) % MARKERS.length] ?? 'circle'
}

const DASHES = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'] as const

export type Dash = (typeof DASHES)[number]

/** Where the dash says nothing else: a run's by its seed, which stays the same whichever other runs come. */
export const dashOf = (place: number): Dash => DASHES[turned(place) % DASHES.length] ?? 'solid'

function mix(colour: string, other: string, share: number): string {
  const channel = (from: number): string => {
    const value = parseInt(colour.slice(from, from + 2), 16) * (1 - share) + parseInt(other.slice(from, from + 2), 16) * share
    return Math.round(value).toString(16).padStart(2, '0')
  }
  return `#${channel(1)}${channel(3)}${channel(5)}`
}
