import type { SystemSample } from '../api/types'
import { bytes, percent } from '../lib/format'

/** A machine's load in one line: utilisation and used memory. */
export function loadText({ cpu, memory, gpu, gpu_memory: gpuMemory }: SystemSample): string {
  const of = (name: string, busy: number | null | undefined, held: number | null | undefined): string[] => [
    ...(typeof busy === 'number' ? [`${name} ${percent(busy)}`] : []),
    ...(typeof held === 'number' ? [bytes(held)] : []),
  ]
  return [...of('GPU', gpu, gpuMemory), ...of('CPU', cpu, memory)].join(' · ')
}

/** Some samples may be late or missing before it is the load of another time: of a run that waited overnight, say. */
const OF_NOW_MS = 20_000

/** In ms, when the lab answered with it; `at` by the lab's clock, as the sample's own time. */
export const ageOf = ({ time }: SystemSample, at: number): number => at - Date.parse(time)

export const isOfNow = (age: number): boolean => age <= OF_NOW_MS
