import { expect, test } from 'vitest'

import { loadText } from './loadText'

const time = '2026-11-27T12:00:00Z'

test('a GPU comes before the processor, each with its memory', () => {
  const text = loadText({ time, cpu: 0.25, memory: 2e9, gpu: 0.975, gpu_memory: 3.5e9 })

  expect(text).toBe('GPU 97.5% · 3.5 GB · CPU 25.0% · 2 GB')
})

test('what the machine cannot say is left out, and nought is not nothing', () => {
  expect(loadText({ time, cpu: 0, memory: null, gpu: null, gpu_memory: null })).toBe('CPU 0.0%')
})
