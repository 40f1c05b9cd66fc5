// Lets one through at a time. Pure.

export interface Gate {
  /** False while somebody is inside. */
  enter: () => boolean
  leave: () => void
}

export function gate(): Gate {
  let taken = false
  return {
    enter: () => {
      const free = !taken
      taken = true
      return free
    },
    leave: () => {
      taken = false
    },
  }
}
