// The runs that the filters leave, newest first.
import { useMemo } from 'react'

import { useNetworkName } from '../api/catalog'
import type { Run } from '../api/types'
import { useLabPart } from '../live/hooks'
import { fits } from '../model/arrange'
import { useFilter } from '../model/useFilter'

export interface Listed {
  runs: readonly Run[]
  /** How many there are without any filter; archived ones count only where they are asked for. */
  all: number
}

export function useListed(): Listed {
  const runs = useLabPart('runs')
  const filter = useFilter()
  const networkName = useNetworkName()
  return useMemo(() => {
    const there = [...runs.values()].filter((run) => !run.archived || filter.archived === true)
    const left = there.filter((run) => fits(run, filter, networkName))
    return { runs: left.sort((a, b) => b.id - a.id), all: there.length }
  }, [runs, filter, networkName])
}
