// The run that the pointer or the keyboard is on, in the table or in the key; the charts let it stand out.
import { createContext, use, useEffect, type Dispatch, type SetStateAction } from 'react'

export type SetFocus = Dispatch<SetStateAction<number | null>>

export type Focus = readonly [run: number | null, set: SetFocus]

export const FocusContext = createContext<Focus>([null, () => undefined])

export const useFocus = (): Focus => use(FocusContext)

interface Handlers {
  onMouseEnter: () => void
  onMouseLeave: () => void
  onFocus: () => void
  onBlur: () => void
}

/**
 * For what stands for a run: lets its curves stand out while the pointer or the keyboard is there; null for no run. The
 * keys that walk over the rows move no focus of the browser's: what they come to is `marked`.
 */
export function useBringOut(run: number | null, set: SetFocus, marked = false): Handlers {
  useEffect(() => {
    if (marked) set(run)
    return () => {
      // What goes away, or is hidden from the charts, hears of no leaving.
      set((held) => (held === run ? null : held))
    }
  }, [run, set, marked])
  const [on, off] = [() => { set(run) }, () => { set(null) }]
  return { onMouseEnter: on, onMouseLeave: off, onFocus: on, onBlur: off }
}
