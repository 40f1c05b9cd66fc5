// Which errands the queue page lists. Pure.
import type { Errand } from '../api/types'
import { isOpen } from './words'

type Listed = Pick<Errand, 'id' | 'task' | 'status'>

/** Failed ones; older ones are history. */
const MOST_FAILED = 5

/** Of `errands`, newest first: those that wait or run, the oldest first, and below them the newest failures that nobody has retried. */
export function listed<E extends Listed>(errands: readonly E[]): E[] {
  const newest = newestOfEachTask(errands)
  const failed = newest.filter(({ status }) => status === 'failed').slice(0, MOST_FAILED)
  return [...newest.filter(isOpen).reverse(), ...failed]
}

/** An errand whose task this version cannot read is like no other. */
function newestOfEachTask<E extends Listed>(errands: readonly E[]): E[] {
  const seen = new Set<string>()
  return errands.filter(({ id, task }) => {
    const key = task === null ? String(id) : JSON.stringify(task)
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}
