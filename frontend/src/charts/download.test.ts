import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { csv, downloadText } from './download'

describe('a table as CSV', () => {
  it('quotes what needs quotes', () => {
    expect(csv([['a,b', 'say "no"', 'two\nlines', 0.5, null, true]])).toBe('"a,b","say ""no""","two\nlines",0.5,,true\r\n')
  })

  it('lets no text become a formula, and leaves numbers alone', () => {
    expect(csv([['=1+1', -2]])).toBe("'=1+1,-2\r\n")
    for (const sign of '+-@\t\uff1d\uff0b\uff0d\uff20') expect(csv([[`${sign}1`]])).toBe(`'${sign}1\r\n`)
    for (const sign of '\r\n') expect(csv([[`${sign}1`]])).toBe(`"'${sign}1"\r\n`)
  })
})

describe('a text as a file', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('document', { createElement: () => ({ click: () => undefined }) })
  })

  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('keeps its address until the browser has read it', () => {
    const revoke = vi.spyOn(URL, 'revokeObjectURL')
    downloadText('a,b', 'table.csv', 'text/csv')
    expect(revoke).not.toHaveBeenCalled()
    vi.runAllTimers()
    expect(revoke).toHaveBeenCalledOnce()
  })
})
