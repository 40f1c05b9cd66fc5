// A run's test accuracy so far, as small as a word.
import { useLabValue } from '../live/hooks'

const WIDTH = 64
const HEIGHT = 14

export function Sparkline({ run, colour }: { run: number; colour: string }) {
  const measured = useLabValue(({ columns }) => columns.get(run)?.get('test/accuracy')?.value)
  const finite = measured?.filter((value) => value !== null) ?? []
  // No more points than pixels; the newest is one of them.
  const every = Math.ceil(finite.length / WIDTH)
  const values = finite.filter((_, place) => (finite.length - 1 - place) % every === 0)
  if (values.length < 2) return null
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const points = values.map((value, place) => {
    const x = (place / (values.length - 1)) * (WIDTH - 2) + 1
    const y = HEIGHT - 2 - ((value - low) / (high - low || 1)) * (HEIGHT - 4)
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden>
      <polyline points={points.join(' ')} fill="none" stroke={colour} strokeWidth="1.4" strokeLinejoin="round" />
    </svg>
  )
}
