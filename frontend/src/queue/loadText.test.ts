import { expect, test } from 'vitest'

import { ageOf, isOfNow, loadText } from './loadText'

const time = '2026-11-27T12:00:00Z'

test('a GPU comes before the processor, each with its memory', () => {
  const text = loadText({ time, cpu: 0.25, memory: 2 * 2 ** 30, gpu: 0.975, gpu_memory: 3.5 * 2 ** 30 })

  expect(text).toBe('GPU 97.5% · 3.5 GiB · CPU 25.0% · 2 GiB')
})

test('what the machine cannot say is left out, and nought is not nothing', () => {
  expect(loadText({ time, cpu: 0, memory: null, gpu: null, gpu_memory: null })).toBe('CPU 0.0%')
})

test('a sample is of now for some beats of the trainer, by the lab’s clock', () => {
  const sample = { time, cpu: 0.5, memory: null, gpu: null, gpu_memory: null }
  const answered = Date.parse(time)

  expect(ageOf(sample, answered + 4_000)).toBe(4_000)
  expect(isOfNow(ageOf(sample, answered + 15_000))).toBe(true)
  expect(isOfNow(ageOf(sample, answered + 25_000))).toBe(false)
  expect(isOfNow(ageOf(sample, answered + 8 * 3_600_000))).toBe(false)
})
