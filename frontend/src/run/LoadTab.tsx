import type { Run } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'

export function LoadTab({ run }: { run: Run }) {
  return (
    <FigurePanel
      kind="load"
      title="Load"
      runs={[run.id]}
      help="Busy: of all cores, whoever used them, and of the GPU. Memory: what the trainer holds, and what anyone holds on the GPU. A look every five seconds."
    />
  )
}
