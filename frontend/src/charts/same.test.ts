// The page draws the curves that the lab draws: one file of runs and lines, which tests/backend/figures reads as well.
import { describe, expect, it } from 'vitest'

import fixture from '../../../tests/fixtures/curves.json'
import { fromSeries } from '../live/columns'
import { runStyles } from '../theme/palette'
import type { Part } from '../view/urlState'
import type { Curve } from './curve'
import { curvesFigure } from './curves'

interface Trace {
  uid: string
  x: number[]
  y: number[]
  meta?: { runs: number[] }
  line: { color: string; dash: string }
  marker: { symbol: string }
}

const LOOKS = runStyles([...fixture.runs, ...fixture.undrawn])

const CURVES: Curve[] = fixture.runs.map(({ id, model, seed, learning_rate, values }) => {
  const series = Object.entries(values).map(([key, value]) => {
    const epoch = value.map((_, place) => place + 1)
    return { run: id, key, epoch, step: epoch, time: epoch.map(() => '2026-01-01T00:00:00Z'), value, nonfinite: {}, sampled_from: null }
  })
  return {
    run: id,
    label: '',
    runStyle: LOOKS.get(id) ?? expect.fail(`run ${id} has no runStyle`),
    columns: fromSeries(series).get(id) ?? expect.fail(`run ${id} has no columns`),
    clock: { start: null, imagesPerStep: 1, flopsPerImage: null },
    group: `${model} ${learning_rate}`,
    groupLabel: '',
    seed,
    finished: true,
  }
})

function drawn(quantity: string, part: string | null): Trace[] {
  const runStyle = { x: 'epoch', smooth: 0, mean: 'ci', scheme: 'light', log: false, focus: null, touch: false, narrow: false, closer: null, clip: false } as const
  return curvesFigure({ ...runStyle, quantity, curves: CURVES, part: (part ?? undefined) as Part | undefined }).data as unknown as Trace[]
}

const close = (values: readonly number[], digits: number) => values.map((value) => expect.closeTo(value, digits) as number)

describe('the lab’s own figures', () => {
  it.each(fixture.figures)('are drawn alike: $title', ({ page, lines }) => {
    const traces = drawn(page.quantity, page.part)
    const means = traces.filter(({ meta }) => meta !== undefined)
    expect(means.map(({ meta }) => meta?.runs)).toEqual(lines.map(({ runs }) => runs))
    for (const [place, { x, y, band, dash, marker, ...rest }] of lines.entries()) {
      const mean = means[place] ?? expect.fail('a line is missing')
      expect([mean.x, mean.y]).toEqual([x, close(y, 8)])
      expect([mean.line.dash, mean.marker.symbol]).toEqual([dash, marker])
      if ('colour' in rest) expect(mean.line.color).toBe(rest.colour)
      const [low, high] = ['low', 'high'].map((edge) => traces.find(({ uid }) => uid === `${mean.uid}-${edge}`))
      expect(low?.x).toEqual(band?.x)
      expect([low?.y, high?.y]).toEqual([band && close(band.low, 8), band && close(band.high, 8)].map((edge) => edge ?? undefined))
    }
  })
})
