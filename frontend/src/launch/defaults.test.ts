import { describe, expect, it } from 'vitest'

import { untouched, type Origin, type SpecDefaults } from './defaults'

const answer = (network: string, rate: number, origin: Origin): SpecDefaults => ({
  models: [network],
  fields: { learning_rate: rate, epochs: 5 },
  origins: { learning_rate: origin, epochs: 'preset' },
})

const shown = (field: string, ...answers: SpecDefaults[]) => untouched(field, answers, (key) => key.toUpperCase())

describe('a field that nobody has set', () => {
  it('holds what the server fills in, and names the layer', () => {
    expect(shown('learning_rate', answer('own', 0.05, 'network'))).toMatchObject({ value: '0.05', text: 'Network' })
    expect(shown('epochs', answer('own', 0.05, 'network'))).toMatchObject({ value: '5', text: 'Preset' })
  })

  it('says what each network sets where they differ', () => {
    const both = [answer('own', 0.05, 'network'), answer('cnn', 0.1, 'default')]
    expect(shown('learning_rate', ...both)).toEqual({ value: '', origin: 'network', text: 'Varies by network', hint: 'OWN: 0.05; CNN: 0.1' })
    expect(shown('epochs', ...both)).toMatchObject({ value: '5', text: 'Preset' })
  })

  it('is unknown before the server has answered', () => {
    expect(shown('epochs')).toBeUndefined()
  })
})
