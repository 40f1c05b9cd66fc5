// Errands in words. Pure.
import { ended } from '../api/spec.json'
import type { Errand } from '../api/types'
import { dateTime, sentence, whole } from '../lib/format'

/** What it does, capitalised: `Measuring ResNet-18`. A kind of another version of the lab is called by its own name. */
export function workOf({ kind, task }: Pick<Errand, 'kind' | 'task'>, networkName: (key: string) => string): string {
  switch (task?.kind) {
    case 'measure_card':
      return `Measuring ${networkName(task.model)}`
    case 'preview_augmentation':
      return `Augmentation preview of ${task.dataset}`
    case 'import_data':
      return `Import ${task.import_id}`
    case undefined:
      return kind
  }
}

export const isOpen = ({ status }: Pick<Errand, 'status'>): boolean => !(ended.errand as (typeof status)[]).includes(status)

type Dated = Pick<Errand, 'status' | 'created_at' | 'started_at'>

/** Since when it has been in the state that `stateOf` names; null once it has ended, and where that is not known. */
export function since({ status, created_at: created, started_at: started }: Dated, anyWorker: boolean): string | null {
  if (status === 'waiting') return created
  // It waits since its worker was lost, at an unknown time.
  return status === 'running' && anyWorker ? started : null
}

/** `anyWorker`: whether one is connected. Nothing is under way without one, whatever was stored last. */
export function stateOf({ status, worker, done, total, error }: Pick<Errand, 'status' | 'worker' | 'done' | 'total' | 'error'>, anyWorker: boolean): string {
  if (status === 'failed') return `Failed: ${error ?? 'no reason was recorded'}`
  if (status === 'running' && anyWorker) {
    const progress = total > 0 ? `, ${whole(done)} of ${whole(total)}` : ''
    return `Running on ${worker ?? 'a worker'}${progress}`
  }
  if (status === 'done') return 'Done'
  return status === 'cancelled' ? 'Cancelled' : waitingText(anyWorker)
}

/** One sentence: its state, and since when. An errand that is not known is about to be queued. */
export function standingOf(errand: (Dated & Parameters<typeof stateOf>[0]) | undefined, anyWorker: boolean): string {
  if (errand === undefined) return sentence(waitingText(anyWorker))
  const start = since(errand, anyWorker)
  return sentence(stateOf(errand, anyWorker) + (start === null ? '' : `, since ${dateTime(start)}`))
}

export const waitingText = (anyWorker: boolean): string => (anyWorker ? 'Waiting for a worker' : 'Waiting for a worker (none is connected)')
