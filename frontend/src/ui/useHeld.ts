// What a slider or a field holds while it moves: the address follows once it rests.
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'

const RESTED_MS = 150

/**
 * What stands, and how to move it. There is no end of a movement to wait for: Mantine's slider tells of one in a timer,
 * and of the value in a frame, so that after a quick click the end comes first and with the value before.
 */
export function useHeld<T>(chosen: T, choose: (value: T) => void): [T, (value: T) => void] {
  /** `over`: what was chosen as it was moved. */
  const [held, hold] = useState<{ value: T; over: T } | null>(null)
  const settle = useDebouncedCallback(choose, RESTED_MS)
  // The address has followed, or has become another: nothing is held over that.
  if (held !== null && held.over !== chosen) hold(null)
  const move = (value: T): void => {
    hold({ value, over: chosen })
    settle(value)
  }
  return [held === null ? chosen : held.value, move]
}
