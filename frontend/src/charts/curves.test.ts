import type { ScatterData } from 'plotly.js-dist-min'
import { describe, expect, it } from 'vitest'

import { put, type Columns } from '../live/columns'
import type { Curve } from './curve'
import { curvesFigure, type CurvesInput } from './curves'

function measured(points: number, from = 1): Columns {
  let columns: Columns = new Map()
  for (let epoch = from; epoch < from + points; epoch += 1) {
    const values = { 'train/loss': 1 / epoch, 'test/loss': epoch === 2 ? null : 1.1 / epoch, 'train/accuracy': 0.5, 'test/accuracy': 0.4 }
    columns = put(columns, { run: 1, epoch, step: epoch, time: `2026-01-01T00:00:${String(epoch * 10).padStart(2, '0')}Z`, values, nonfinite: [] })
  }
  return columns
}

const point = (epoch: number, value: number) => ({ run: 1, epoch, step: epoch, time: '2026-01-01T00:00:10Z', values: { lr: value }, nonfinite: [] })

const gapped = put(new Map(), { run: 1, epoch: 1, step: 1, time: 't', values: { gap: 0.2 }, nonfinite: [] })

/** One and three quarters of epochs of four steps each. */
const stepped: Columns = new Map([
  ['step/loss', { epoch: [1, 1, 1, 1, 2, 2, 2], step: [1, 2, 3, 4, 5, 6, 7], time: [0, 0, 0, 0, 0, 0, 0], value: [7, 6, 5, 4, 3, 2, 1] }],
  ['train/loss', { epoch: [1], step: [4], time: [0], value: [5.5] }],
])

const curve = (run: number, columns = measured(3), part: Partial<Curve> = {}): Curve => ({
  run,
  label: `run ${run}`,
  runStyle: { hue: run, lap: 0, variant: 0 },
  columns,
  clock: { start: Date.parse('2026-01-01T00:00:00Z'), imagesPerStep: 100, flopsPerImage: 1000 },
  group: 'all',
  groupLabel: 'all of them',
  seed: run,
  finished: true,
  ...part,
})

const figure = (part: Partial<CurvesInput> = {}) =>
  curvesFigure({
    quantity: 'loss',
    curves: [curve(1)],
    x: 'epoch',
    smooth: 0,
    part: undefined,
    mean: undefined,
    scheme: 'light',
    log: false,
    focus: null,
    touch: false,
    narrow: false,
    closer: null,
    clip: true,
    ...part,
  })

interface Trace {
  uid: string
  x: number[]
  y: (number | null)[]
  mode: string
  opacity: number
  connectgaps: boolean
  line: { color: string; dash: string }
  marker: { maxdisplayed: number }
  name: string
}

const traces = (part?: Partial<CurvesInput>) => figure(part).data as unknown as Trace[]

/** Without the crosses at values that were not finite. */
const lines = (part?: Partial<CurvesInput>) => traces(part).filter(({ uid }) => !uid.endsWith('-lost'))

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
    const uids = (curves: Curve[]) => lines({ curves }).map(({ uid }) => uid)
    expect(uids([curve(2)])).toEqual(['run-2-train-loss', 'run-2-test-loss'])
    expect(uids([curve(1), curve(2)]).slice(2)).toEqual(uids([curve(2)]))
  })

  it('are none where no value was ever finite', () => {
    const never: Columns = new Map([...measured(3)].map(([key, column]) => [key, { ...column, value: column.value.map(() => null) }]))
    expect(traces({ curves: [curve(1, never)] })).toEqual([])
    expect(traces({ curves: [curve(1, never), curve(2)] }).every(({ uid }) => uid.startsWith('run-2'))).toBe(true)
  })

  it('mark each epoch while these are few, later a few in passing', () => {
    const marked = (count: number) => (traces({ curves: [curve(1, measured(count))] })[0] as Partial<ScatterData>).marker?.maxdisplayed ?? 0
    expect(marked(24)).toBeGreaterThanOrEqual(24)
    expect(marked(25)).toBeLessThan(12)
    expect(marked(1000)).toBeGreaterThan(3)
  })

  it('keep some markers each where many curves share a chart', () => {
    const most = (count: number) => traces({ curves: Array.from({ length: count }, (_, place) => curve(place)) })[0]?.marker.maxdisplayed
    expect(most(2)).toBeGreaterThanOrEqual(24)
    expect(most(20)).toBe(6)
    expect(most(200)).toBe(4)
  })

  it('step back behind the one in focus', () => {
    const opacities = lines({ curves: [curve(1), curve(2)], focus: 2 }).map(({ opacity }) => opacity)
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

  it('mark a value that was not finite at the height before it', () => {
    const [lost] = traces().filter(({ uid }) => uid === 'run-1-test-loss-lost')
    expect([lost?.x, lost?.y]).toEqual([[2], [1.1]])
  })

  it('keep what was measured behind what is smoothed', () => {
    const [raw, smooth] = traces({ quantity: 'lr', curves: [curve(1, put(measured(0), point(1, 4)))], smooth: 0.5 })
    expect([raw?.uid, smooth?.uid]).toEqual(['run-1-lr-raw', 'run-1-lr'])
    expect(raw?.opacity).toBeLessThan(smooth?.opacity ?? 0)
    const losses = traces({ smooth: 0.5, part: 'train' })
    expect(losses[0]?.y[1]).toBe(0.5)
    expect(losses[1]?.y[1]).toBeGreaterThan(0.5)
  })

  it.each([
    ['step', [1, 2, 3]],
    ['images', [100, 200, 300]],
    ['time', [10, 20, 30]],
    ['compute', [300_000, 600_000, 900_000]],
  ] as const)('run over %s as well', (x, expected) => {
    expect(traces({ x })[0]?.x).toEqual(expected)
  })

  it('leave out a line whose places cannot be known', () => {
    const clock = { start: null, imagesPerStep: 100, flopsPerImage: null }
    expect(traces({ x: 'compute', curves: [curve(1, measured(2), { clock })] })).toEqual([])
  })

  it('of a run that is logged without epochs run over its steps alone', () => {
    const stamps = { epoch: [0, 0], step: [3, 7], time: [0, 0], value: [2, 1] }
    const curves = [curve(1, new Map([['loss', stamps]]))]
    expect(traces({ quantity: 'loss', x: 'epoch', curves })).toEqual([])
    expect(traces({ quantity: 'loss', x: 'step', curves }).map(({ x }) => x)).toEqual([[3, 7]])
  })

  it('show one part alone, whose dash then tells the seed', () => {
    const of = (run: number, hue: number, variant: number, seed: number) => curve(run, measured(3), { runStyle: { hue, lap: 0, variant }, seed })
    const drawn = lines({ part: 'test', curves: [of(1, 1, 0, 0), of(2, 1, 1, 1), of(3, 2, 0, 1), of(4, 2, 1, 0)] })
    expect(drawn.map(({ line }) => line.dash)).toEqual(['solid', 'dash', 'dash', 'solid'])
  })

  it('keep the dash of their seed whichever place they have among the runs of their network', () => {
    const dashAt = (variant: number) => lines({ quantity: 'gap', curves: [curve(1, gapped, { runStyle: { hue: 1, lap: 0, variant }, seed: 2 })] })[0]?.line.dash
    expect([dashAt(0), dashAt(3)]).toEqual(['dot', 'dot'])
  })

  it('have a dash for each mean, which has no seed, where that says nothing else', () => {
    const curves = [curve(1, measured(3), { seed: 4 }), curve(2, measured(3), { runStyle: { hue: 1, lap: 0, variant: 1 }, seed: 4, group: 'other' })]
    expect(lines({ part: 'test', mean: 'sd', curves }).map(({ line }) => line.dash)).toEqual(['solid', 'dash'])
  })

  it('average runs that differ by their seed alone, and leave others apart', () => {
    const scaled = (factor: number) => put(measured(0), point(1, factor))
    const curves = [curve(1, scaled(1)), curve(2, scaled(3)), curve(3, scaled(9), { group: 'other', groupLabel: 'other' })]
    const [low, high, mean, other] = traces({ quantity: 'lr', mean: 'sd', curves })
    expect([mean?.y, other?.y]).toEqual([[2], [9]])
    expect([low?.y[0], high?.y[0]]).toEqual([2 - Math.SQRT2, 2 + Math.SQRT2])
    expect(mean?.name).toBe('all of them')
  })

  it('count a repeated seed once: the first run of it that has finished', () => {
    const of = (run: number, value: number, part: Partial<Curve>) => curve(run, put(measured(0), point(1, value)), part)
    const curves = [
      of(1, 1, { seed: 0, finished: false }),
      of(2, 2, { seed: 0 }),
      of(3, 3, { seed: 0 }),
      of(4, 4, { seed: 1 }),
      of(5, 6, { seed: 2, finished: false }),
      of(6, 9, { seed: 2, finished: false }),
    ]
    const [, , mean] = traces({ quantity: 'lr', mean: 'sd', curves })
    expect(mean?.y).toEqual([(2 + 4 + 9) / 3])
  })

  it('draw the gap in percentage points', () => {
    expect(traces({ quantity: 'gap', curves: [curve(1, gapped)] })[0]?.y[0]).toBeCloseTo(20)
  })

  it('have percentage points for the gap, and as many digits of an accuracy as its ticks take', () => {
    expect(figure({ quantity: 'gap', curves: [curve(1, gapped)] }).layout.yaxis).toMatchObject({ ticksuffix: ' pp' })
    const { tickformatstops = [] } = figure({ quantity: 'accuracy' }).layout.yaxis ?? {}
    const formatAt = (dtick: number) => tickformatstops.find(({ dtickrange: [from, to] = [null, null] as [number | null, number | null] }) => dtick >= (from ?? -Infinity) && dtick <= (to ?? Infinity))?.value ?? '.0%'
    expect([0.1, 0.01, 0.005, 0.001, 0.0005].map(formatAt)).toEqual(['.0%', '.0%', '.1%', '.1%', '.2%'])
  })

  it('draw the losses of steps where in its epoch each step was', () => {
    expect(traces({ quantity: 'step/loss', curves: [curve(1, stepped)] })[0]?.x).toEqual([0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75])
    expect(traces({ quantity: 'step/loss', x: 'step', curves: [curve(1, stepped)] })[0]?.x).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('average the losses of steps by the tenths of an epoch, over the seeds alone', () => {
    const [low, , mean] = traces({ quantity: 'step/loss', mean: 'sd', curves: [curve(1, stepped), curve(2, stepped)] })
    expect(mean?.x).toEqual([0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75])
    expect(low?.y).toEqual(mean?.y)
  })

  it('dim nothing for a run that has no curve here', () => {
    const opacities = (focus: number) => lines({ curves: [curve(1), curve(2), curve(3, new Map())], focus }).map(({ opacity }) => opacity)
    expect(opacities(3)).toEqual([1, 1, 1, 1])
    expect(opacities(99)).toEqual([1, 1, 1, 1])
  })

  it('do not let one diverged run press all others flat', () => {
    const losses = (...values: number[]) => values.reduce<Columns>((columns, value, place) => put(columns, { run: 1, epoch: place + 1, step: place + 1, time: 't', values: { 'train/loss': value, 'test/loss': value }, nonfinite: [] }), new Map())
    const curves = [curve(1, losses(2.3, 1.2, 0.8)), curve(2, losses(2.3, 4e12, 3e35))]
    const { layout, clip } = figure({ curves })
    expect(clip).toMatchObject({ lines: 2, largest: 3e35 })
    expect(layout.yaxis).toMatchObject({ autorange: false, range: [0, 1.05 * 2.3] })
    expect(layout.annotations?.[0]?.text).toBe('2 curves leave the chart, up to 3.0e+35')
    for (const whole of [figure({ curves, clip: false }), figure({ curves, log: true }), figure({ curves: curves.slice(0, 1) }), figure({ curves, quantity: 'lr' })]) {
      expect([whole.clip, whole.layout.yaxis?.range]).toEqual([null, whole.data.length > 0 ? undefined : expect.anything()])
    }
  })

  it('let no band go where no value can be', () => {
    const clipped = (quantity: string) => figure({ quantity, mean: 'sd', curves: [curve(1), curve(2)] }).layout.yaxis?.autorangeoptions
    expect(clipped('loss')).toEqual({ clipmin: 0 })
    expect(clipped('accuracy')).toEqual({ clipmin: 0, clipmax: 1 })
  })
})
