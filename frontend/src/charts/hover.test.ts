import type { PlotHoverEvent } from 'plotly.js-dist-min'
import { describe, expect, it } from 'vitest'

import { hoveredOf, MOST_ROWS, rowsOf, type Meta } from './hover'

const TEN_PIXELS_AN_EPOCH = 10

interface Point {
  x: number
  y: number
  xPixel: number
  yPixel: number
  data: { type: 'scatter'; meta?: Partial<Meta> }
}

function point(x: number, y: number, meta?: Partial<Meta>): Point {
  return { x, y, xPixel: x * TEN_PIXELS_AN_EPOCH, yPixel: 100 - 100 * y, data: { type: 'scatter', ...(meta && { meta: { part: 'test', ...meta } }) } }
}

function pointed(points: Point[], x: number, y = 0.5) {
  const event = { clientX: 7, clientY: 8 }
  return hoveredOf({ points, xPixel: x * TEN_PIXELS_AN_EPOCH, yPixel: 100 - 100 * y, event } as unknown as PlotHoverEvent)
}

function rows(points: Point[], x: number, y = 0.5) {
  const hovered = pointed(points, x, y)
  if (hovered === null) throw new Error('nothing is pointed at')
  const entries = [...new Set(points.map(({ data }) => data.meta?.runs?.[0] ?? 0))].sort((a, b) => a - b).map((run) => ({ run }))
  return rowsOf(hovered, entries)
}

describe('what stands under the pointer', () => {
  it('is told of wherever the pointer is, for the next place that has points', () => {
    expect(pointed([point(4, 0.5, { runs: [1] })], 30)?.points[0]?.x).toBe(4)
  })

  it('is nothing where only bands are', () => {
    expect(pointed([point(4, 0.5)], 4)).toBeNull()
  })

  it('leaves out a run that ended long before', () => {
    const { rows: found } = rows([point(8, 0.4, { runs: [1] }), point(90, 0.5, { runs: [2] })], 89)
    expect(found.map(({ entry }) => entry.run)).toEqual([2])
  })

  it('has one row a run with the values of both parts, the highest curve first', () => {
    const { rows: found, more } = rows(
      [point(3, 0.4, { runs: [1], part: 'train' }), point(3, 0.3, { runs: [1] }), point(3, 0.6, { runs: [2], part: 'train' }), point(3, 0.5, { runs: [2] })],
      3,
    )
    expect(found.map(({ entry, values }) => [entry.run, ...values])).toEqual([
      [2, ['train', 0.6], ['test', 0.5]],
      [1, ['train', 0.4], ['test', 0.3]],
    ])
    expect(more).toBe(0)
  })

  it('says which epoch a run tells of that has no point at the pointed one', () => {
    const { rows: found } = rows([point(3, 0.4, { runs: [1] }), point(4, 0.3, { runs: [2] })], 3.1)
    expect(found.map(({ entry, elsewhere }) => [entry.run, elsewhere])).toEqual([
      [1, null],
      [2, 4],
    ])
  })

  it('has no number for what was not finite', () => {
    const { rows: found } = rows([point(3, 0.4, { runs: [1], lost: true })], 3)
    expect(found[0]?.values.get('test')).toBeNull()
  })

  it('is of many runs those next to the pointer, and says how many are left out', () => {
    const many = Array.from({ length: MOST_ROWS + 5 }, (_, place) => point(3, place / 100, { runs: [place + 1] }))
    const { rows: found, more } = rows(many, 3, 1)
    expect(more).toBe(5)
    expect(found.map(({ entry }) => entry.run)).toEqual(Array.from({ length: MOST_ROWS }, (_, place) => MOST_ROWS + 5 - place))
  })
})
