import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { Figure } from './curves'
import type { Plotly } from './painter'

const nothing = () => undefined

/** What the browser is asked to do with the next frame. */
let frames: (() => void)[] = []

beforeEach(() => {
  frames = []
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback))
  vi.stubGlobal('cancelAnimationFrame', () => undefined)
  vi.stubGlobal('ResizeObserver', class { observe = nothing; disconnect = nothing })
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const figure = (title: string): Figure => ({ data: [], layout: { title: { text: title } } })

test('a figure that cannot be drawn does not keep the next one from being drawn', async () => {
  const { mount } = await import('./painter')
  const drawn: string[] = []
  const graph = { layout: {}, on: () => undefined }
  const plotly = {
    react: async (_element: unknown, _data: unknown, { title }: { title: { text: string } }) => {
      drawn.push(title.text)
      if (title.text === 'broken') throw new Error('no such trace')
      return Promise.resolve(graph)
    },
  } as unknown as Plotly
  const painter = mount({} as HTMLElement, plotly, { onZoom: () => undefined, onHover: () => undefined })
  for (const title of ['broken', 'whole']) {
    painter.draw(figure(title))
    frames.shift()?.()
    await new Promise((resolve) => setTimeout(resolve))
  }

  expect(drawn).toEqual(['broken', 'whole'])
})
