// How a run is drawn: its network gives the colour, its place among the runs of that network the shade and the marker. The
// lists are the server's (skiplab/contract/palette.py), as are the figures' that it draws.
import { palette } from '../api/spec.json'

export type Scheme = 'light' | 'dark'

const HUES: Record<Scheme, readonly string[]> = palette.hues

/** A shade mixes the colour with ink (away from the page) or with paper (towards it). */
const SHADES = [
  { ink: 0, paper: 0 },
  { ink: 0.38, paper: 0 },
  { ink: 0, paper: 0.26 },
] as const

export type Marker =
  | 'circle' | 'square' | 'diamond' | 'triangle-up' | 'cross' | 'x' | 'star' | 'triangle-down' | 'pentagon' | 'hourglass' | 'bowtie' | 'star-diamond'

const MARKERS = palette.markers as readonly Marker[]

export interface RunStyle {
  /** The network's colour. */
  hue: number
  /** Which network of that colour it is, for there may be more networks than colours. */
  lap: number
  /** The run's place among those of its network. */
  variant: number
}

const HUE_COUNT = HUES.light.length

/** The style of every run; a run keeps its style while newer ones come. One without a network has a colour of its own. */
export function runStyles(runs: Iterable<{ id: number; model: string | null }>): Map<number, RunStyle> {
  const sorted = [...runs].sort((a, b) => a.id - b.id)
  const colours = networkColours(new Set(sorted.flatMap(({ model }) => model ?? [])))
  const seen = new Map<string, number>()
  return new Map(
    sorted.map(({ id, model }) => {
      if (model === null) return [id, { hue: id % HUE_COUNT, lap: 0, variant: Math.floor(id / HUE_COUNT) }]
      const variant = seen.get(model) ?? 0
      seen.set(model, variant + 1)
      return [id, { ...(colours.get(model) ?? PLAIN_STYLE), variant }]
    }),
  )
}

const PLACES: ReadonlyMap<string, number> = new Map(palette.networks.map((key, place) => [key, place]))

/**
 * The first networks of the list own a hue each, whatever else there is. One further down, or not in it, takes a hue whose
 * owner has no runs, the last such first; when none is left it shares one.
 */
function networkColours(present: ReadonlySet<string>): Map<string, Omit<RunStyle, 'variant'>> {
  const placeOf = (key: string): number => PLACES.get(key) ?? PLACES.size
  const order = [...present].sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
  const free = palette.networks.slice(0, HUE_COUNT).flatMap((key, hue) => (present.has(key) ? [] : [hue]))
  const colours = new Map<string, Omit<RunStyle, 'variant'>>()
  for (const key of order) {
    const place = PLACES.get(key) ?? PLACES.size + colours.size
    const borrowed = place < HUE_COUNT ? undefined : free.pop()
    colours.set(key, { hue: borrowed ?? place % HUE_COUNT, lap: borrowed === undefined ? Math.floor(place / HUE_COUNT) : 0 })
  }
  return colours
}

export const PLAIN_STYLE: RunStyle = { hue: 0, lap: 0, variant: 0 }

export function colourOf({ hue, variant }: RunStyle, scheme: Scheme): string {
  const hues = HUES[scheme]
  const { ink, paper } = SHADES[turned(variant) % SHADES.length] ?? SHADES[0]
  const [inkColour, paperColour] = scheme === 'light' ? ['#10131a', '#ffffff'] : ['#ffffff', '#14181f']
  return mix(mix(hues[hue] ?? '#808080', inkColour, ink), paperColour, paper)
}

/** Each time that the markers begin again, what goes with them is one further: no two styles of a network are the same. */
const turned = (variant: number): number => variant + Math.floor(variant / MARKERS.length)

/** Networks that share a colour start at different markers, so that no shade meets the same marker twice. */
export function markerOf({ lap, variant }: RunStyle): Marker {
  return MARKERS[(variant + lap) % MARKERS.length] ?? 'circle'
}

export type Dash = 'solid' | 'dash' | 'dot' | 'dashdot' | 'longdash' | 'longdashdot'

const DASHES = palette.dashes as readonly Dash[]

/** Where the dash says nothing else: a run's by its seed, which stays the same whichever other runs come. */
export const dashOf = (place: number): Dash => DASHES[turned(place) % DASHES.length] ?? 'solid'

function mix(colour: string, other: string, share: number): string {
  const channel = (from: number): string => {
    const value = parseInt(colour.slice(from, from + 2), 16) * (1 - share) + parseInt(other.slice(from, from + 2), 16) * share
    return Math.round(value).toString(16).padStart(2, '0')
  }
  return `#${channel(1)}${channel(3)}${channel(5)}`
}
