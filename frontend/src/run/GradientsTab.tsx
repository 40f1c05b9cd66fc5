import type { Run } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'
import classes from './run.module.css'

export function GradientsTab({ run }: { run: Run }) {
  return (
    <div className={classes.stack}>
      <FigurePanel
        kind="gradients"
        title="Gradient flow"
        runs={[run.id]}
        help="Each row is a block, from the input on; each column an epoch. The bar says which colour is how much of the gradient. A network that repeats no block has a row for each layer instead, by the norm of its weights’ gradient."
      />
      <FigurePanel kind="gradient-ratio" title="First block against last" runs={[run.id]} help="Of a network that repeats no block, its first layer against its last. Below 0 the gradient fades on its way back to the input." />
    </div>
  )
}
