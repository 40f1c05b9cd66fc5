import type { SystemSample } from '../api/types'
import { bytes, percent } from '../ui/format'

/** What the machine could say, in a line: how busy, and the memory in use. */
export function loadText({ cpu, memory, gpu, gpu_memory: gpuMemory }: SystemSample): string {
  const of = (name: string, busy: number | null | undefined, held: number | null | undefined): string[] => [
    ...(typeof busy === 'number' ? [`${name} ${percent(busy)}`] : []),
    ...(typeof held === 'number' ? [bytes(held)] : []),
  ]
  return [...of('GPU', gpu, gpuMemory), ...of('CPU', cpu, memory)].join(' · ')
}
