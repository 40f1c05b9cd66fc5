import type { Run } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'
import classes from './run.module.css'

export function GradientsTab({ run }: { run: Run }) {
  return (
    <div className={classes.stack}>
      <FigurePanel kind="gradients" runs={[run.id]} />
      <FigurePanel kind="gradient-ratio" runs={[run.id]} />
    </div>
  )
}
