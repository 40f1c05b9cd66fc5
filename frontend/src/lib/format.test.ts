import { describe, expect, it } from 'vitest'

import { bytes, sentence, short } from './format'

describe('a number of bytes', () => {
  // As in tests/skiplab/contract/test_sizes.py.
  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [155_000_000, '148 MiB'],
    [4 * 2 ** 30, '4 GiB'],
    [2 ** 30 - 1, '1 GiB'],
    [5000 * 2 ** 40, '5000 TiB'],
  ])('%d is written %s', (count, text) => {
    expect(bytes(count)).toBe(text)
  })
})

describe('a large number in short', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1 k'],
    [50_000, '50 k'],
    [999_950, '1 M'],
    [11_173_962, '11.2 M'],
    [1_113_000_000, '1.11 G'],
  ])('%d is %s', (count, text) => {
    expect(short(count).replace('\u00a0', ' ')).toBe(text)
  })

  it('has the prefix at its unit', () => {
    expect([short(1_113_000_000, 'FLOPs'), short(12, 'FLOPs')]).toEqual(['1.11\u00a0GFLOPs', '12\u00a0FLOPs'])
  })
})

it('a sentence ends with one mark', () => {
  expect(['done', 'Done.', 'Loading…', 'Why?\n', 'of 0.5 '].map(sentence)).toEqual(['done.', 'Done.', 'Loading…', 'Why?', 'of 0.5.'])
})
