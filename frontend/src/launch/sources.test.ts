import { describe, expect, it } from 'vitest'

import { sourcesOf, type Answer, type Origin } from './sources'

const answer = (network: string, rate: number, origin: Origin): Answer =>
  ({ networks: [network], resolved: { spec: { learning_rate: rate, epochs: 5 }, origins: { learning_rate: origin, epochs: 'given' } } }) as unknown as Answer

describe('sources', () => {
  it('are in words', () => {
    const { learning_rate: rate, epochs } = sourcesOf([answer('Own', 0.05, 'network')])
    expect([rate?.text, epochs?.text]).toEqual(['network', 'set here'])
  })

  it('tell networks apart that set a field to different values', () => {
    const { learning_rate: rate, epochs } = sourcesOf([answer('Own', 0.05, 'network'), answer('Plain CNN', 0.1, 'default')])
    expect(rate).toEqual({ origin: 'network', text: 'by network', hint: 'Own: 0.05; Plain CNN: 0.1' })
    expect(epochs?.text).toBe('set here')
  })

  it('are nothing while nothing is known', () => {
    expect(sourcesOf([])).toEqual({})
  })
})
