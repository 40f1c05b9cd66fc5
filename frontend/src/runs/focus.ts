// The run that the pointer is on, in the table or in the key; the charts let it stand out.
import { createContext, use } from 'react'

export type Focus = readonly [run: number | null, set: (run: number | null) => void]

export const FocusContext = createContext<Focus>([null, () => undefined])

export const useFocus = (): Focus => use(FocusContext)
