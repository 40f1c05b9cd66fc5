import { describe, expect, it } from 'vitest'

import { cardOf } from '../api/figures'
import { learn } from '../model/quantities'
import { choicesOf, titleOf } from './cards'

describe('a figure', () => {
  it('is called what the server calls it, with the options that it was asked', () => {
    expect(titleOf({ kind: 'targets', options: { time: 'epochs', target: '0.6' } })).toBe(`${cardOf('targets').title}: epochs, 60%`)
    expect(titleOf({ kind: 'curves', options: { key: 'train_eval/loss' } })).toBe(`${cardOf('curves').title}: Training loss (eval mode)`)
    expect(titleOf({ kind: 'gradients', options: {} })).toBe(cardOf('gradients').title)
  })

  it('offers and names metrics of plugins once the server has listed them', () => {
    learn([{ key: 'test/f1', title: 'F1 (test)', unit: 'fraction', difference: false, better: 'higher', part: 'test', lowest: null, highest: null, note: '', plugin: 'f1.py' }])
    expect(choicesOf('curves', 'key').at(-1)).toEqual({ value: 'test/f1', label: 'F1 (test)' })
    expect(titleOf({ kind: 'curves', options: { key: 'test/f1' } })).toBe(`${cardOf('curves').title}: F1 (test)`)
  })

  it('of a newer server is called by its key', () => {
    expect(titleOf({ kind: 'of tomorrow', options: {} })).toBe('of tomorrow')
  })
})
