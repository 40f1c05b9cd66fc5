import { describe, expect, it } from 'vitest'

import { BEYOND, RowWindow } from './rowWindow'

const sight = (startIndex: number, endIndex = startIndex + 13) => ({ startIndex, endIndex, count: 1000 })

/** The first and the last of the rows that are drawn. */
const ends = (rows: readonly number[]) => [rows.at(0), rows.at(-1)]

describe('the rows that are drawn', () => {
  it('are those in sight and some beyond', () => {
    expect(ends(new RowWindow().rows(sight(100), false))).toEqual([100 - BEYOND, 113 + BEYOND])
  })

  it('end with the table', () => {
    expect(ends(new RowWindow().rows(sight(0), false))).toEqual([0, 13 + BEYOND])
    expect(ends(new RowWindow().rows(sight(986), false))).toEqual([986 - BEYOND, 999])
    expect(new RowWindow().rows({ startIndex: 0, endIndex: 0, count: 0 }, false)).toEqual([])
  })

  it('are after a leap only those in sight, until the table stands still', () => {
    const rows = new RowWindow()
    rows.rows(sight(0), false)
    expect(ends(rows.rows(sight(500), true))).toEqual([500, 513])
    expect(ends(rows.rows(sight(500), true))).toEqual([500, 513])
    expect(ends(rows.rows(sight(500), false))).toEqual([500 - BEYOND, 513 + BEYOND])
  })

  it('have others beyond them while somebody scrolls on, also from where a leap has led', () => {
    const rows = new RowWindow()
    rows.rows(sight(0), false)
    expect(ends(rows.rows(sight(4), true))).toEqual([0, 17 + BEYOND])
    rows.rows(sight(500), true)
    expect(ends(rows.rows(sight(504), true))).toEqual([504 - BEYOND, 517 + BEYOND])
  })
})
