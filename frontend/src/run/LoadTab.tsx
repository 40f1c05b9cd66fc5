import type { Run } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'

export function LoadTab({ run }: { run: Run }) {
  return (
    <FigurePanel kind="load" runs={[run.id]} />
  )
}
