import { expect, it } from 'vitest'

import { readChart, writeChart } from './chartChoice'

it.each(['lr', 'lr~pin', 'lr~wide', 'lr~pin~wide~474'])('writes the chart %s into the address as it was read from there', (text) => {
  expect(writeChart(readChart(text))).toBe(text)
})

it.each(['lr~-3~tall', 'lr~Infinity', 'lr~1e9', 'lr~4.5'])('reads no height from %s', (text) => {
  expect(readChart(text)).toEqual({ quantity: 'lr', pinned: false, wide: false })
})
