import { describe, expect, it } from 'vitest'

import { figureCsv } from './figureCsv'

const lines = (...traces: object[]) => figureCsv(traces).trimEnd().split('\r\n')

describe('a figure as CSV', () => {
  it('has a line for each point, by the name of its trace', () => {
    const traces = [{ name: 'CNN', x: [1, 2], y: [0.5, null] }, { uid: 'front', x: [3], y: [0.7] }]
    expect(lines(...traces)).toEqual(['trace,x,y', 'CNN,1,0.5', 'CNN,2,', 'front,3,0.7'])
  })

  it('tells how far the bars around a point reach', () => {
    expect(lines({ name: 'CNN', x: [62006], y: [0.5], error_x: null, error_y: { array: [0.01] } })).toEqual(['trace,x,y,y_plus,y_minus', 'CNN,62006,0.5,0.01,0.01'])
    const claim = { name: 'C5', x: [2], y: ['C5'], error_x: { array: [0.5], arrayminus: [0.25] }, text: ['supported'] }
    expect(lines(claim)).toEqual(['trace,x,y,x_plus,x_minus,text', 'C5,2,C5,0.5,0.25,supported'])
  })

  it('has a line for each cell of a map', () => {
    const map = { name: 'run 1', x: [1, 2], y: [0, 1], z: [[0.1, 0.2], [0.3, null]], text: [['conv1', 'conv1'], ['fc', 'fc']] }
    expect(lines(map)).toEqual(['trace,x,y,z,text', 'run 1,1,0,0.1,conv1', 'run 1,2,0,0.2,conv1', 'run 1,1,1,0.3,fc', 'run 1,2,1,,fc'])
  })

  it('counts places where a trace leaves them out', () => {
    expect(lines({ name: 'a', y: [5, 6] })).toEqual(['trace,x,y', 'a,0,5', 'a,1,6'])
  })

  it('has a column for each of parallel axes, with the words that stand at them', () => {
    const dimensions = [
      { label: 'Network', values: [0, 1], tickvals: [0, 1], ticktext: ['CNN', 'ResNet-18'] },
      { label: 'Best', values: [0.5, 0.8] },
    ]
    expect(lines({ uid: 'runs', dimensions })).toEqual(['Network,Best', 'CNN,0.5', 'ResNet-18,0.8'])
  })
})
