// The run under the pointer or the keyboard's mark, in the table or the legend; charts highlight it.
import { createContext, use, useEffect, type Dispatch, type SetStateAction } from 'react'

export type SetHighlight = Dispatch<SetStateAction<number | null>>

export type Highlight = readonly [run: number | null, set: SetHighlight]

export const HighlightContext = createContext<Highlight>([null, () => undefined])

export const useHighlight = (): Highlight => use(HighlightContext)

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
export function useHighlightOn(run: number | null, set: SetHighlight, marked = false): Handlers {
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
