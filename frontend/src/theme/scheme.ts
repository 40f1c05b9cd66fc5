// Light or dark, for what is drawn in colours that CSS cannot choose.
import { createContext, use } from 'react'

import type { Scheme } from './palette'

export const SchemeContext = createContext<Scheme>('light')

export const useScheme = (): Scheme => use(SchemeContext)
