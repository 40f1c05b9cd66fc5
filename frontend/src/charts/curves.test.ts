import { describe, expect, it } from 'vitest'

import { put, type Columns } from '../live/columns'
import { curvesFigure, type Curve, type CurvesInput } from './curves'

function measured(points: number, from = 1): Columns {
  let columns: Columns = new Map()
  for (let epoch = from; epoch < from + points; epoch += 1) {
    const values = { 'train/loss': 1 / epoch, 'test/loss': epoch === 2 ? null : 1.1 / epoch, 'train/accuracy': 0.5, 'test/accuracy': 0.4 }
    columns = put(columns, { run: 1, epoch, step: epoch, time: 't', values, nonfinite: [] })
  }
  return columns
}

const curve = (run: number, columns = measured(3)): Curve => ({ run, label: `run ${run}`, look: { hue: run, lap: 0, variant: 0 }, columns })

const figure = (part: Partial<CurvesInput> = {}) =>
  curvesFigure({ quantity: 'loss', curves: [curve(1)], scheme: 'light', log: false, focus: null, touch: false, narrow: false, ...part })

interface Trace {
  uid: string
  x: number[]
  y: (number | null)[]
  mode: string
  opacity: number
  connectgaps: boolean
  line: { color: string; dash: string }
}

const traces = (part?: Partial<CurvesInput>) => figure(part).data as unknown as Trace[]

describe('curves', () => {
  it('are a solid line for train and a dashed one for test, in one colour', () => {
    const [train, test] = traces()
    expect([train?.line.dash, test?.line.dash]).toEqual(['solid', 'dash'])
    expect(train?.line.color).toBe(test?.line.color)
  })

  it('run over the epochs, with a gap where a value was not finite', () => {
    const [, test] = traces()
    expect(test?.x).toEqual([1, 2, 3])
    expect(test?.y).toEqual([1.1, null, 1.1 / 3])
    expect(test?.connectgaps).toBe(false)
  })

  it('keep their uid whichever other runs are shown', () => {
    const uids = (curves: Curve[]) => traces({ curves }).map(({ uid }) => uid)
    expect(uids([curve(2)])).toEqual(['run-2-train-loss', 'run-2-test-loss'])
    expect(uids([curve(1), curve(2)]).slice(2)).toEqual(uids([curve(2)]))
  })

  it('mark each epoch while these are few', () => {
    expect(traces({ curves: [curve(1, measured(1))] })[0]?.mode).toBe('lines+markers')
    expect(traces({ curves: [curve(1, measured(60))] })[0]?.mode).toBe('lines')
  })

  it('step back behind the one in focus', () => {
    const opacities = traces({ curves: [curve(1), curve(2)], focus: 2 }).map(({ opacity }) => opacity)
    expect(opacities.slice(2)).toEqual([1, 1])
    expect(Math.max(...opacities.slice(0, 2))).toBeLessThan(0.5)
  })

  it('keep zoom across updates, and the accuracy in percent', () => {
    expect(figure().layout.uirevision).toBe(figure({ curves: [curve(1), curve(2)] }).layout.uirevision)
    expect(figure({ quantity: 'accuracy' }).layout.yaxis).toMatchObject({ tickformat: '.0%' })
  })

  it('can take a logarithmic loss, whose zoom is its own', () => {
    const axis = (log: boolean) => figure({ log }).layout.yaxis as { type: string; uirevision: string }
    expect([axis(true).type, axis(false).type]).toEqual(['log', 'linear'])
    expect(axis(true).uirevision).not.toBe(axis(false).uirevision)
  })

  it('leave a sensible empty chart', () => {
    const { data, layout } = figure({ curves: [], quantity: 'accuracy' })
    expect(data).toEqual([])
    expect(layout.yaxis).toMatchObject({ range: [0, 1] })
  })

  it('take their theme from nested template objects', () => {
    const font = (scheme: 'light' | 'dark') => (figure({ scheme }).layout.template as { layout: { font: { color: string } } }).layout.font.color
    expect(font('light')).not.toBe(font('dark'))
  })
})
