// What a slider or a field holds while it moves: the address follows at once, and then again when it rests.
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'

const RESTED_MS = 150

interface Held<T> {
  value: T
  /** The value in the URL when it was changed. */
  over: T
  /** The value last written to the URL. */
  told: T
}

/**
 * What stands, and how to move it; `inAddress` is what the address makes of a value. There is no end of a movement to wait for: Mantine's slider tells of one in a timer,
 * and of the value in a frame, so that after a quick click the end comes first and with the value before.
 */
export function useHeld<T>(chosen: T, choose: (value: T) => void, inAddress: (value: T) => T = same): [T, (value: T) => void] {
  const [held, hold] = useState<Held<T> | null>(null)
  const told = held?.told ?? chosen
  const tell = (value: T): void => {
    if (inAddress(value) === told) return
    hold((before) => before && { ...before, told: inAddress(value) })
    choose(inAddress(value))
  }
  const rest = useDebouncedCallback(tell, RESTED_MS)
  // The URL has followed: a later change stays pending. If it changed to another value, that one wins.
  if (held !== null && held.over !== chosen) hold(held.told === chosen && held.value !== chosen ? { ...held, over: chosen } : null)
  const move = (value: T): void => {
    hold({ value, over: chosen, told })
    // One press of a key is not waited for.
    if (!rest.isPending()) tell(value)
    rest(value)
  }
  return [held === null ? chosen : held.value, move]
}

const same = <T>(value: T): T => value
