// The runs that the filters leave, newest first.
import { useMemo } from 'react'

import { useNetworkName } from '../api/catalog'
import type { Run } from '../api/types'
import { useLabPart } from '../live/hooks'
import { useView } from '../view/useView'
import { fits } from './arrange'

export interface Listed {
  runs: readonly Run[]
  /** How many there are without any filter; archived ones count only where they are asked for. */
  all: number
}

export function useListed(): Listed {
  const runs = useLabPart('runs')
  const { q, status, network, dataset, tag, experiment, archived } = useView()
  const networkName = useNetworkName()
  return useMemo(() => {
    const there = [...runs.values()].filter((run) => !run.archived || archived === true)
    const filter = { q, status, network, dataset, tag, experiment, archived } as Parameters<typeof fits>[1]
    const left = there.filter((run) => fits(run, filter, networkName))
    return { runs: left.sort((a, b) => b.id - a.id), all: there.length }
  }, [runs, q, status, network, dataset, tag, experiment, archived, networkName])
}
