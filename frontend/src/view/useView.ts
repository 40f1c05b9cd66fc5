// Reading and changing the view. A change of what is looked at replaces the URL; opening the form is a step Back undoes.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'

import { useLab } from '../live/hooks'
import { shownRuns, toggled, type Sort, type View } from './search'

export function useView(): View {
  return useSearch({ from: '__root__' })
}

export function useChangeView(): (change: (view: View) => View, step?: boolean) => void {
  const navigate = useNavigate()
  return useCallback(
    (change, step = false) => {
      void navigate({ to: '.', search: (view: View) => change(view), replace: !step })
    },
    [navigate],
  )
}

export function useShownRuns(): readonly number[] {
  const view = useView()
  const { runs } = useLab()
  return useMemo(() => shownRuns(view, [...runs.keys()].sort((a, b) => b - a)), [view, runs])
}

export interface Selection {
  shown: readonly number[]
  toggle: (run: number) => void
  show: (runs: readonly number[]) => void
}

export function useSelection(): Selection {
  const shown = useShownRuns()
  const change = useChangeView()
  const show = useCallback(
    (runs: readonly number[]) => {
      change((view) => ({ ...view, runs }))
    },
    [change],
  )
  const toggle = useCallback(
    (run: number) => {
      show(toggled(shown, run))
    },
    [show, shown],
  )
  return { shown, toggle, show }
}

export function useSort(): [Sort, (sort: Sort) => void] {
  const { sort = '-id' } = useView()
  const change = useChangeView()
  const set = useCallback(
    (next: Sort) => {
      change(({ sort: _, ...view }) => (next === '-id' ? view : { ...view, sort: next }))
    },
    [change],
  )
  return [sort, set]
}

export function useLogLoss(): [boolean, () => void] {
  const { loss } = useView()
  const change = useChangeView()
  const toggle = useCallback(() => {
    change(({ loss: before, ...view }) => (before === 'log' ? view : { ...view, loss: 'log' }))
  }, [change])
  return [loss === 'log', toggle]
}

export function useLaunchForm(): { open: boolean; show: () => void; hide: () => void } {
  const { launch = false } = useView()
  const change = useChangeView()
  const show = useCallback(() => {
    change((view) => ({ ...view, launch: true }), true)
  }, [change])
  const hide = useCallback(() => {
    change(({ launch: _, ...view }) => view)
  }, [change])
  return { open: launch, show, hide }
}
