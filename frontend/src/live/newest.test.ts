import { describe, expect, it } from 'vitest'

import { newest } from './newest'

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`
const ms = (second: number) => Date.parse(at(second))

describe('the newest point', () => {
  it('is as old as its own time says, however late it was heard of', () => {
    expect(newest(null, [at(10)], ms(50))).toBe(ms(10))
  })

  it('is the latest of all that were seen', () => {
    expect(newest(ms(20), [at(10), at(30), undefined], ms(50))).toBe(ms(30))
    expect(newest(ms(20), [at(10)], ms(50))).toBe(ms(20))
  })

  it('is unknown before the first', () => {
    expect(newest(null, [undefined], ms(50))).toBeNull()
  })

  it('is told by this machine’s clock, however far off the lab’s is', () => {
    expect(newest(null, [at(10)], ms(50), -5_000)).toBe(ms(15))
    expect(newest(null, [at(30)], ms(50), 10_000)).toBe(ms(20))
  })

  it('is not from the future where the lab’s clock is ahead', () => {
    expect(newest(null, [at(59)], ms(50))).toBe(ms(50))
  })
})
