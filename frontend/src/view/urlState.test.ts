import { describe, expect, it } from 'vitest'

import { defaultOf, optionOf } from '../api/figures'
import { keepView } from './keepView'
import { parseQuery, parseView, shownRuns, toggled, writeView } from './urlState'

const read = (query: string) => parseView(parseQuery(query))

describe('the view', () => {
  it('is empty for the URL that everyone starts with', () => {
    expect(read('')).toEqual({})
    expect(writeView({})).toBe('')
  })

  it.each([
    '?runs=1,2',
    '?runs=7',
    '?runs=',
    '?runs=3,1&sort=-best&launch=1',
    '?sort=name',
    '?sort=-test/f1-macro&curve=test/f1-macro',
    '?runs=2&log=loss,lr',
    '?q=se%20block&status=running,failed&network=cnn&experiment=3&group=network&columns=seed',
    '?tab=log&beside=resnet18&differing=1',
    '?charts=accuracy~wide,grad/norm~pin&x=time&smooth=0.6&part=test&mean=ci',
    '?runs=1,2&claim=report.C5&target=0.7',
    '?tab=config&against=3&epoch=5',
    '?tab=mistakes&pair=3-5',
    '?tab=log&sought=loss%20is%20nan',
    '?runs=1,4&cells=4,1',
    '?curve=train_eval/loss&unit=seconds&rows=runs&cost=flops',
  ])('comes back the same from %s', (query) => {
    expect(writeView(read(query))).toBe(query)
  })

  it('leaves out what makes no sense', () => {
    expect(read('?runs=1,x,-3,2.5,2,2&sort=DROP&launch=no&x=moon&smooth=7&status=lost&experiment=a')).toEqual({ runs: [1, 2] })
  })

  it('takes a view as well as a query', () => {
    const view = { runs: [2, 1], tag: ['a,b', 'c'], smooth: 0.5, launch: true } as const
    expect(parseView(view)).toEqual(view)
    expect(read(writeView(view))).toEqual(view)
  })

  it('takes two cells or none', () => {
    expect(read('?cells=1')).toEqual({})
    expect(read('?cells=2,2')).toEqual({})
    expect(read('?cells=3,1,2')).toEqual({})
    expect(read('?cells=3,1')).toEqual({ cells: [3, 1] })
  })

  it('takes every choice of a figure that the server offers, and no other', () => {
    const choices = optionOf('targets', 'time')?.choices.map(({ value }) => value) ?? []
    expect(choices.map((unit) => read(`?unit=${unit}`).unit)).toEqual(choices.map((unit) => (unit === defaultOf('targets', 'time') ? undefined : unit)))
    expect(read('?unit=moons&cost=euros')).toEqual({})
  })

  it('omits defaults', () => {
    expect(read('?sort=-id&smooth=0&status=&curve=test/accuracy&unit=epochs&rows=cells&cost=parameters')).toEqual({})
  })
})

describe('the shown runs', () => {
  const newestFirst = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]

  it('are the newest while nobody has chosen', () => {
    expect(shownRuns({}, newestFirst)).toEqual([12, 11, 10, 9, 8, 7, 6, 5])
  })

  it('are the chosen ones, none included', () => {
    expect(shownRuns({ runs: [3] }, newestFirst)).toEqual([3])
    expect(shownRuns({ runs: [] }, newestFirst)).toEqual([])
  })

  it('come and go by the eye', () => {
    expect(toggled([1, 3], 2)).toEqual([1, 3, 2])
    expect(toggled([1, 2, 3], 2)).toEqual([1, 3])
  })
})

describe('what goes along to another page', () => {
  it('is what is looked at, not what was open', () => {
    expect(keepView({ runs: [1], cells: [1, 4], tab: 'log', sought: 'nan' })).toEqual({ runs: [1], cells: [1, 4] })
  })
})
