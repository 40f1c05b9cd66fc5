import { describe, expect, it } from 'vitest'

import { pageFigure } from './pageFigure'

const layout = { hovermode: 'x unified' as const, xaxis: { title: { text: 'Epoch' }, dtick: 1 }, yaxis: { title: { text: 'Loss' } } }
const data = [
  { type: 'scatter' as const, name: 'run', hovertemplate: '%{y}' },
  { type: 'scatter' as const, name: 'band', hoverinfo: 'skip' as const },
]

describe('a figure on the page', () => {
  it('has the title of its x axis as a caption, which Plotly is not given; all else stays', () => {
    const { figure, caption } = pageFigure({ data: [], layout })
    expect(caption).toBe('Epoch')
    expect(figure.layout.xaxis).not.toHaveProperty('title')
    expect(figure.layout).toMatchObject({ xaxis: { dtick: 1 }, yaxis: layout.yaxis })
  })

  it('tells of what is pointed at without saying it itself', () => {
    const { figure } = pageFigure({ data, layout })
    expect(figure.layout.hovermode).toBe('x')
    expect(figure.data).toEqual([
      { type: 'scatter', name: 'run', hoverinfo: 'none' },
      { type: 'scatter', name: 'band', hoverinfo: 'skip' },
    ])
  })

  it('leaves the whole figure as it was, for pictures and files', () => {
    pageFigure({ data, layout })
    expect(layout.xaxis.title.text).toBe('Epoch')
    expect(data[0]?.hovertemplate).toBe('%{y}')
  })

  it('has no caption without a title', () => {
    expect(pageFigure({ data: [], layout: {} }).caption).toBe('')
  })
})
