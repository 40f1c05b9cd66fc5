import { describe, expect, it } from 'vitest'

import { areAlike, bestOfGroup, bestSentence, bestText, type Best } from './best'

const best = (value: number, selected_on: Best['selected_on']): Best => ({ key: `${selected_on}/accuracy`, value, epoch: 4, selected_on })

const on = (selected_on: Best['selected_on'], ...values: number[]) => values.map((value) => ({ best: best(value, selected_on) }))

describe('a best value', () => {
  it('says on which images its epoch was selected', () => {
    expect(bestText(best(0.75, 'test'))).toBe('75.0%, selected on test')
    expect(bestText(best(0.75, 'val'))).toBe('75.0%, selected on validation')
    expect(bestSentence(best(0.75, 'val'))).toBe('Validation accuracy; the best epoch was chosen on the validation set (epoch 4)')
  })

  it('is held against those that were selected alike only', () => {
    expect(areAlike([...on('test', 0.5, 0.6), { best: null }])).toBe(true)
    expect(areAlike([...on('test', 0.5), ...on('val', 0.6)])).toBe(false)
  })
})

describe('the best of a group', () => {
  it('is left to the run itself where there is one only', () => {
    expect(bestOfGroup([...on('test', 0.5), { best: null }])).toBe('')
  })

  it('is never a mean of both kinds', () => {
    expect(bestOfGroup(on('test', 0.5, 0.7))).toBe('best 70.0%, mean 60.0%, selected on test')
    expect(bestOfGroup([...on('test', 0.5, 0.7), ...on('val', 0.9)])).toBe('best 70.0%, mean 60.0%, selected on test; best 90.0%, selected on validation')
  })
})
