// Plotly is two thirds of the page's weight: it loads beside the table, not before it.
import { useSyncExternalStore } from 'react'

import { asProblem, type Problem } from '../api/problem'
import type { Plotly } from './painter'

export type Loading = { plotly: Plotly; problem: null } | { plotly: null; problem: Problem | null }

let state: Loading = { plotly: null, problem: null }
const listeners = new Set<() => void>()

export function loadPlotly(): void {
  set({ plotly: null, problem: null })
  import('plotly.js-cartesian-dist-min').then(
    (module) => {
      set({ plotly: module.default, problem: null })
    },
    (error: unknown) => {
      set({ plotly: null, problem: asProblem(error) })
    },
  )
}

export function usePlotly(): Loading {
  return useSyncExternalStore(subscribe, () => state)
}

function set(next: Loading): void {
  state = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
