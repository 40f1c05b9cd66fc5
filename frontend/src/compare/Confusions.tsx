// Where two of the compared networks err differently; with more of them, which two is chosen on the panel.
import { useQuery } from '@tanstack/react-query'

import type { Run } from '../api/types'
import { ConfusionPanel } from '../evidence/ConfusionPanel'
import { TARGETS } from './converged'
import { measuresQuery } from './measures'

export function Confusions({ runs }: { runs: readonly Run[] }) {
  const { data } = useQuery(measuresQuery(runs, TARGETS[0]))
  // Panels that cannot be filled are not there; that the measures failed is said where they are listed.
  if (data === undefined || data.cells.length < 2) return null
  return <ConfusionPanel cells={data.cells} />
}
