// What the view asks of a run to be listed.
import { useMemo } from 'react'

import { useView } from '../view/useView'
import type { Filter } from './arrange'

/** The same object while none of its parts changes. */
export function useFilter(): Filter {
  const { q, status, network, dataset, tag, experiment, archived } = useView()
  return useMemo(
    () => ({ q, status, network, dataset, tag, experiment, archived }) as Filter,
    [q, status, network, dataset, tag, experiment, archived],
  )
}
