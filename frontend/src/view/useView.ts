// Read and change the view. Changes replace the URL; opening something adds a history entry, so that Back closes it.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

import type { View } from './urlState'

export function useView(): View {
  return useSearch({ from: '__root__', structuralSharing: true })
}

export type ChangeView = (change: (view: View) => View, step?: boolean) => void

export function useChangeView(): ChangeView {
  const navigate = useNavigate()
  return useCallback(
    (change, step = false) => {
      // A change of the view must not scroll the page.
      void navigate({ to: '.', search: (view: View) => change(view), replace: !step, resetScroll: false })
    },
    [navigate],
  )
}

/** One part of the view and its setter; `undefined` resets it to the default. */
export function useViewPart<Name extends keyof View>(name: Name, step = false): [View[Name], (value: View[Name] | undefined) => void] {
  // Only this part, so that other changes do not re-render the component.
  // (The router's types cannot tell that a part is JSON while its name is open; a string is.)
  const value = useSearch({ from: '__root__', select: (view): string => view[name] as string, structuralSharing: true }) as unknown as View[Name]
  const change = useChangeView()
  const set = useCallback(
    (value: View[Name] | undefined) => {
      change(({ [name]: _, ...rest }) => (value === undefined ? (rest) : ({ ...rest, [name]: value })), step)
    },
    [change, name, step],
  )
  return [value, set]
}

interface LaunchFormState {
  open: boolean
  show: (clone?: number, whole?: boolean) => void
  /** Opens it with this data set chosen. */
  train: (dataset: string) => void
  hide: () => void
}

export function useLaunchForm(): LaunchFormState {
  const { launch = false } = useView()
  const change = useChangeView()
  const show = useCallback(
    (clone?: number, whole = false) => {
      const begin = clone === undefined ? {} : { clone, ...(whole && { whole: true as const }) }
      change(({ clone: _, whole: __, on: ___, ...view }) => ({ ...view, launch: true, ...begin }), true)
    },
    [change],
  )
  const train = useCallback(
    (dataset: string) => {
      change(({ clone: _, whole: __, ...view }) => ({ ...view, launch: true, on: dataset }), true)
    },
    [change],
  )
  const hide = useCallback(() => {
    change(({ launch: _, clone: __, whole: ___, on: ____, ...view }) => view)
  }, [change])
  return { open: launch, show, train, hide }
}
