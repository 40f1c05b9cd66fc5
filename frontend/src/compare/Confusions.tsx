// The confusion difference of two of the compared configurations.
import { useQuery } from '@tanstack/react-query'

import type { Run } from '../api/types'
import { ConfusionPanel } from '../evidence/ConfusionPanel'
import { TARGETS } from './converged'
import { measuresQuery } from './measures'

export function Confusions({ runs }: { runs: readonly Run[] }) {
  const { data } = useQuery(measuresQuery(runs, TARGETS[0]))
  // Without two configurations there is no panel; a failed request is reported by the convergence table.
  if (data === undefined || data.cells.length < 2) return null
  return <ConfusionPanel cells={data.cells} />
}
