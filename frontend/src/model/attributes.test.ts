import { describe, expect, it } from 'vitest'

import { written } from './attributes'
import { FIELDS } from './fields'

describe('a field without a value', () => {
  const named = FIELDS.filter(({ nullable }) => nullable).map(({ name }) => [name, written(name, null)])

  it('is all of what a limit would cut, and off for everything else', () => {
    expect(Object.fromEntries(named)).toEqual({ clip_norm: 'off', ema: 'off', patience: 'off', train_limit: 'all', test_limit: 'all' })
  })
})
