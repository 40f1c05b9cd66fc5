// Which runs the charts show, and how that changes.
import { useCallback, useMemo } from 'react'

import { useNetworkName } from '../api/catalog'
import { useLabPart, useLabValue, useSession } from '../live/hooks'
import { idsIn, shownRuns, toggled } from '../view/urlState'
import { useChangeView, useViewPart } from '../view/useView'
import { fits, isFiltered, newestFirst } from './arrange'
import { useFilter } from './useFilter'

/** The selected runs; without a selection, the newest that match the filters. */
export function useShownRuns(): readonly number[] {
  const [chosen] = useViewPart('runs')
  const settled = useLabPart('settled')
  const left = useNewestLeft(chosen === undefined)
  return useMemo(() => chosen ?? left ?? shownRuns({}, newestFirst(settled.values())), [chosen, left, settled])
}

/** Those of the runs that match the filters: they are plotted. Runs that are not loaded yet are included. */
export function useLeft(shown: readonly number[]): readonly number[] {
  const filter = useFilter()
  const networkName = useNetworkName()
  const left = useLabValue(({ runs }) => {
    if (!isFiltered(filter)) return null
    const stays = (id: number): boolean => {
      const run = runs.get(id)
      // A selected run is shown although it is archived.
      return run === undefined || fits(run, { ...filter, archived: true }, networkName)
    }
    return shown.filter(stays).join()
  })
  return useMemo(() => (left === null ? shown : idsIn(left)), [left, shown])
}

/** Null without a filter: then `settled` is enough, which changes rarely. */
function useNewestLeft(asked: boolean): readonly number[] | null {
  const filter = useFilter()
  const networkName = useNetworkName()
  // Which runs fit can change with every event: only a change of the answer counts.
  const left = useLabValue(({ runs }) => {
    if (!asked || !isFiltered(filter)) return null
    return shownRuns({}, newestFirst([...runs.values()].filter((run) => fits(run, filter, networkName)))).join()
  })
  return useMemo(() => (left === null ? null : idsIn(left)), [left])
}

export interface Selection {
  shown: readonly number[]
  show: (runs: readonly number[]) => void
}

export function useSelection(): Selection {
  const shown = useShownRuns()
  const [, choose] = useViewPart('runs')
  return { shown, show: choose }
}

/** Shows or hides a run. It reads the selection on click, so that rows do not re-render with it. */
export function useToggle(): (run: number) => void {
  const change = useChangeView()
  const { store } = useSession()
  const networkName = useNetworkName()
  return useCallback(
    (run) => {
      change((view) => {
        const listed = [...store.get().runs.values()].filter((each) => fits(each, view, networkName))
        return { ...view, runs: toggled(shownRuns(view, newestFirst(listed)), run).toSorted((a, b) => a - b) }
      })
    },
    [change, store, networkName],
  )
}
