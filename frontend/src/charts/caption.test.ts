import { describe, expect, it } from 'vitest'

import { captioned } from './caption'

describe('the caption of a chart', () => {
  const layout = { xaxis: { title: { text: 'Epoch' }, dtick: 1 }, yaxis: { title: { text: 'Loss' } } }

  it('is the title of its x axis, which Plotly is not given; all else stays', () => {
    expect(captioned({ data: [], layout })).toEqual({
      figure: { data: [], layout: { xaxis: { dtick: 1 }, yaxis: { title: { text: 'Loss' } } } },
      caption: 'Epoch',
    })
  })

  it('leaves the figure as it was, for pictures and files', () => {
    captioned({ data: [], layout })
    expect(layout.xaxis.title.text).toBe('Epoch')
  })

  it('is empty without a title', () => {
    expect(captioned({ data: [], layout: {} }).caption).toBe('')
  })
})
