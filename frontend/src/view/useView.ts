// Reading and changing the view. A change of what is looked at replaces the address; opening something is a step that Back undoes.
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
      // Whoever changes what is looked at far down the page stays there.
      void navigate({ to: '.', search: (view: View) => change(view), replace: !step, resetScroll: false })
    },
    [navigate],
  )
}

/** One part of the view, and how to change it; `undefined` goes back to what stands by default. */
export function useViewPart<Name extends keyof View>(name: Name, step = false): [View[Name], (value: View[Name] | undefined) => void] {
  // Of the whole view only this part: another one's change is none of this component's business.
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
