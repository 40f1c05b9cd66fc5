// Lets one through at a time, and knows who comes back because nobody could say what became of the first try. Pure, but for
// the keys.
import { newKey } from '../api/idempotency'

export interface Gate {
  /** False while somebody is inside. */
  enter: (wanted: string) => boolean
  /** `unsure`: whether what was wanted has been done is not known. */
  leave: (unsure: boolean) => void
  /** Of who is inside, or was last: the same for all tries of one thing, as long as it is unsure. */
  key: () => string
}

export function gate(): Gate {
  let taken = false
  let open: string | null = null
  let key = ''
  return {
    enter: (wanted) => {
      if (taken) return false
      taken = true
      if (open !== wanted) key = newKey()
      open = wanted
      return true
    },
    leave: (unsure) => {
      taken = false
      if (!unsure) open = null
    },
    key: () => key,
  }
}
