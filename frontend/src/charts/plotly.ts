// Plotly is two thirds of the page's weight: it is fetched beside the page, and run once the table has its rows. What only
// few figures need is in a bundle of its own, which comes when such a figure is looked at.
import { useEffect, useSyncExternalStore } from 'react'

import { asProblem, type Problem } from '../api/problem'
import { idle } from '../lib/idle'
import { useSessionPart } from '../live/hooks'
import type { Plotly } from './painter'

const LATEST_MS = 400

export type Loading = { plotly: Plotly; problem: null } | { plotly: null; problem: Problem | null }

/** `cartesian`: curves, bars, maps. `strict`: everything, three times as large, under the page's security policy. */
export type Bundle = 'cartesian' | 'strict'

const IMPORTS: Readonly<Record<Bundle, () => Promise<{ default: Plotly }>>> = {
  cartesian: () => import('plotly.js-cartesian-dist-min'),
  strict: () => import('plotly.js-strict-dist-min'),
}

const states: Record<Bundle, Loading | undefined> = { cartesian: undefined, strict: undefined }
const NOTHING: Loading = { plotly: null, problem: null }
const listeners = new Set<() => void>()

export function loadPlotly(bundle: Bundle = 'cartesian'): void {
  set(bundle, NOTHING)
  IMPORTS[bundle]().then(
    (module) => {
      set(bundle, { plotly: module.default, problem: null })
    },
    (error: unknown) => {
      set(bundle, { plotly: null, problem: asProblem(error) })
    },
  )
}

/** Loads the bundle when it is first wanted. */
export function usePlotly(bundle: Bundle = 'cartesian', wanted = true): Loading {
  useEffect(() => {
    if (!wanted || states[bundle] !== undefined) return
    let gone = false
    // Its scripts take a quarter of a second to begin: what is there already is drawn first.
    void idle(LATEST_MS).then(() => {
      if (!gone && states[bundle] === undefined) loadPlotly(bundle)
    })
    return () => {
      gone = true
    }
  }, [bundle, wanted])
  return useSyncExternalStore(subscribe, () => states[bundle] ?? NOTHING)
}

/** For the page of runs: Plotly's scripts take a quarter of a second to begin, and rows come first. */
export function usePlotlyOnceLoaded(): Loading {
  return usePlotly('cartesian', useSessionPart('loaded'))
}

function set(bundle: Bundle, next: Loading): void {
  states[bundle] = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
