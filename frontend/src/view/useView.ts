// Reading and changing the view. A change of what is looked at replaces the address; opening something is a step that Back undoes.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'

import { useLab } from '../live/hooks'
import { shownRuns, toggled, type View } from './search'

export function useView(): View {
  return useSearch({ from: '__root__' })
}

export type ChangeView = (change: (view: View) => View, step?: boolean) => void

export function useChangeView(): ChangeView {
  const navigate = useNavigate()
  return useCallback(
    (change, step = false) => {
      void navigate({ to: '.', search: (view: View) => change(view), replace: !step })
    },
    [navigate],
  )
}

/** One part of the view, and how to change it; `undefined` goes back to what stands by default. */
export function useViewPart<Name extends keyof View>(name: Name, step = false): [View[Name], (value: View[Name] | undefined) => void] {
  const view = useView()
  const change = useChangeView()
  const set = useCallback(
    (value: View[Name] | undefined) => {
      change(({ [name]: _, ...rest }) => (value === undefined ? (rest) : ({ ...rest, [name]: value })), step)
    },
    [change, name, step],
  )
  return [view[name], set]
}

export function useShownRuns(): readonly number[] {
  const { runs: chosen } = useView()
  const { runs } = useLab()
  return useMemo(() => {
    const newestFirst = [...runs.values()].filter(({ archived }) => !archived).map(({ id }) => id)
    return shownRuns(chosen === undefined ? {} : { runs: chosen }, newestFirst.sort((a, b) => b - a))
  }, [chosen, runs])
}

export interface Selection {
  shown: readonly number[]
  toggle: (run: number) => void
  show: (runs: readonly number[]) => void
}

export function useSelection(): Selection {
  const shown = useShownRuns()
  const [, choose] = useViewPart('runs')
  const toggle = useCallback(
    (run: number) => {
      choose(toggled(shown, run).toSorted((a, b) => a - b))
    },
    [choose, shown],
  )
  return { shown, toggle, show: choose }
}

export function useLaunchForm(): { open: boolean; show: (clone?: number, whole?: boolean) => void; hide: () => void } {
  const { launch = false } = useView()
  const change = useChangeView()
  const show = useCallback(
    (clone?: number, whole = false) => {
      const begin = clone === undefined ? {} : { clone, ...(whole && { whole: true as const }) }
      change(({ clone: _, whole: __, ...view }) => ({ ...view, launch: true, ...begin }), true)
    },
    [change],
  )
  const hide = useCallback(() => {
    change(({ launch: _, clone: __, whole: ___, ...view }) => view)
  }, [change])
  return { open: launch, show, hide }
}
