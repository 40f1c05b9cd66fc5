// A run's colour and marker, as the charts draw it.
import { colourOf, markerOf, type RunStyle, type Marker } from '../theme/palette'
import { useScheme } from '../theme/scheme'

const SHAPES: Record<Marker, string> = {
  circle: 'M8 3.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Z',
  square: 'M4 4h8v8H4Z',
  diamond: 'M8 2.4 13.6 8 8 13.6 2.4 8Z',
  'triangle-up': 'M8 3 13.4 12.4H2.6Z',
  cross: 'M6.2 3h3.6v3.2H13v3.6H9.8V13H6.2V9.8H3V6.2h3.2Z',
  star: 'M8 1.8 9.7 6 14.2 6.2 10.7 9 12 13.4 8 10.8 4 13.4 5.3 9 1.8 6.2 6.3 6Z',
  'triangle-down': 'M8 13 2.6 3.6h10.8Z',
  pentagon: 'M8 2.6 13.3 6.5 11.3 12.8H4.7L2.7 6.5Z',
  hourglass: 'M3.4 3h9.2L3.4 13h9.2Z',
  bowtie: 'M3 3.4 13 12.6V3.4L3 12.6Z',
  'star-diamond': 'M8 1.8 9.9 6.1 14.2 8 9.9 9.9 8 14.2 6.1 9.9 1.8 8 6.1 6.1Z',
  x: 'M4.6 3 8 6.4 11.4 3 13 4.6 9.6 8 13 11.4 11.4 13 8 9.6 4.6 13 3 11.4 6.4 8 3 4.6Z',
}

export function Swatch({ runStyle, shown = true }: { runStyle: RunStyle; shown?: boolean }) {
  const colour = colourOf(runStyle, useScheme())
  return (
    <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden data-testid="swatch">
      <path d={SHAPES[markerOf(runStyle)]} fill={shown ? colour : 'none'} stroke={colour} strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  )
}
