// Lets one through at a time. Pure, but for the keys.
import { newKey } from '../api/idempotency'

export interface Gate {
  /** False while somebody is inside. */
  enter: () => boolean
  leave: () => void
  /** Of who is inside, or was last. */
  key: () => string
}

export function gate(): Gate {
  let taken = false
  let key = ''
  return {
    enter: () => {
      if (taken) return false
      taken = true
      key = newKey()
      return true
    },
    leave: () => {
      taken = false
    },
    key: () => key,
  }
}
