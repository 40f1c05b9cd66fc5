import { describe, expect, it } from 'vitest'

import { FIELDS } from '../../tests/fields'

describe('fields', () => {
  const field = (name: string) => FIELDS.find((each) => each.name === name)

  it('take title, help, range and default from the schema', () => {
    expect(field('epochs')).toMatchObject({ title: 'Epochs', help: 'Passes. 1 to 1,000.', kind: 'number', initial: '10' })
    expect(field('learning_rate')?.help).toBe('Above 0, at most 10.')
    expect(field('schedule')).toMatchObject({ kind: 'choice', choices: ['cosine', 'step'], initial: 'cosine' })
    expect(field('milestones')).toMatchObject({ kind: 'list', initial: '0.5, 0.75' })
    expect(field('train_limit')).toMatchObject({ kind: 'number', nullable: true, initial: '', help: 'At least 10.' })
  })

  it('spare the reader the machine’s own bounds', () => {
    expect(field('seed')?.help).toBe('At least 0.')
  })
})
