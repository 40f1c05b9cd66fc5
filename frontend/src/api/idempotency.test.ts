import { describe, expect, it } from 'vitest'

import { newKey, withKey } from './idempotency'

describe('a key of a request', () => {
  it('is new each time, and fits into a header', () => {
    const keys = Array.from({ length: 100 }, newKey)
    expect(new Set(keys).size).toBe(100)
    expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true)
    expect(withKey('one')).toEqual({ 'Idempotency-Key': 'one' })
  })
})
