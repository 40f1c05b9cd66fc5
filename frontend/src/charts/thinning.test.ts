import { describe, expect, it } from 'vitest'

import { thinned, type Points, type Lens } from './thinning'

const WHOLE: Lens = { log: false, closer: null }

/** A line that falls slowly, but where it is told to be elsewhere. */
function line(epochs: number, elsewhere: Record<number, number | null> = {}): Points {
  const epoch = Array.from({ length: epochs }, (_, place) => place + 1)
  return { epoch, x: epoch, y: epoch.map((each) => (each in elsewhere ? (elsewhere[each] ?? null) : 1 / each)) }
}

const crowd = (epochs: number, first: Points = line(epochs)): Points[] => [first, ...Array.from({ length: 39 }, () => line(epochs))]

/** The epochs that are drawn of one line of a crowd. */
function drawn(lines: readonly Points[], lens: Lens = WHOLE, number = 0): number[] {
  const places = thinned(lines, lens).places[number] ?? []
  return places.map((place) => lines[number]?.epoch[place] ?? NaN)
}

const count = (lines: readonly Points[], lens: Lens = WHOLE): number => thinned(lines, lens).places.flat().length

describe('a chart', () => {
  it('of few lines draws every epoch, however many', () => {
    expect(thinned([line(1500), line(1500)], WHOLE).every).toBe(1)
    expect(drawn([line(1500), line(1500)])).toHaveLength(1500)
  })

  it('of many short lines draws every epoch', () => {
    expect(drawn(crowd(150))).toHaveLength(150)
  })

  it('of many long lines draws one of every few', () => {
    expect(thinned(crowd(200), WHOLE).every).toBe(2)
    expect(count(crowd(200))).toBeLessThanOrEqual(4100)
  })

  it('draws at least eighty epochs of the longest line', () => {
    expect(drawn(crowd(365)).length).toBeGreaterThanOrEqual(80)
    expect(thinned(crowd(365), WHOLE).every).toBe(4)
    expect(thinned(crowd(319), WHOLE).every).toBe(3)
  })

  it('draws the first epoch of each line and its newest', () => {
    const lines = [line(198), ...crowd(200)]
    expect(drawn(lines).at(0)).toBe(1)
    expect(drawn(lines).slice(-2)).toEqual([197, 198])
  })

  it('draws the same epochs of all lines, so that pointing at one compares them', () => {
    const lines = crowd(200).map((each, number) => ({ ...each, y: each.y.map((y, place) => (y ?? 0) + Math.sin(place * number) / 100) }))
    expect(new Set(thinned(lines, WHOLE).places.map((places) => places.join())).size).toBe(1)
  })

  it('loses no spike of any line, also where two of them have theirs at neighbouring epochs', () => {
    const lines = [line(200, { 80: 5 }), line(200, { 79: 4 }), ...crowd(200)]
    expect(drawn(lines, WHOLE, 0)).toContain(80)
    expect(drawn(lines, WHOLE, 1)).toContain(79)
  })

  it('draws the spike of one line of that line alone, and at most one of every few', () => {
    const spiked = [line(200, { 80: 5 }), line(200, { 79: 4 }), ...crowd(200)]
    expect(drawn(spiked, WHOLE, 2)).toContain(80)
    expect(drawn(spiked, WHOLE, 2)).not.toContain(79)
    const wild = Array.from({ length: 40 }, (_, number) => ({ ...line(600), y: line(600).y.map((_, place) => (place * (number + 7)) % 5) }))
    expect(thinned(wild, WHOLE).every).toBe(6)
    for (const number of wild.keys()) expect(drawn(wild, WHOLE, number).length).toBeLessThanOrEqual(202)
  })

  it('without any value draws no more', () => {
    const nothing = { ...line(200), y: line(200).y.map(() => null) }
    expect(drawn(Array.from({ length: 40 }, () => nothing)).length).toBeLessThan(110)
  })

  it('draws of two small departures the larger one', () => {
    for (const epoch of [80, 81]) expect(drawn(crowd(200, line(200, { [epoch]: 0.05 })))).toContain(epoch)
  })

  it('sees on a logarithmic axis what stands out there', () => {
    const lines = [line(200, { 150: 0.0001 }), line(200, { 149: 0.03 }), ...crowd(200)]
    expect(drawn(lines)).not.toContain(150)
    expect(drawn(lines, { ...WHOLE, log: true })).toContain(150)
  })

  it('loses no gap where a value was not finite', () => {
    for (const gap of [80, 81]) expect(drawn(crowd(200, line(200, { [gap]: null })))).toContain(gap)
  })

  it('keeps what it has drawn while its lines grow', () => {
    const [before, after] = [drawn(crowd(220)), drawn(crowd(221))]
    expect(after.slice(0, -2)).toEqual(before.slice(0, after.length - 2))
  })

  it('draws every epoch of what is looked at closely, and the rest as before', () => {
    const lens: Lens = { ...WHOLE, closer: [51, 100] }
    const near = drawn(crowd(400), lens)
    expect(thinned(crowd(400), lens).every).toBe(1)
    expect(near.filter((epoch) => epoch >= 51 && epoch <= 100)).toHaveLength(50)
    expect(near.filter((epoch) => epoch > 100)).toEqual(drawn(crowd(400)).filter((epoch) => epoch > 100))
  })

  it('has every point where everything is wanted', () => {
    expect(count(crowd(400), { ...WHOLE, closer: 'everything' })).toBe(16000)
  })
})
