// Home: the runs on the left, their curves on the right.
import { useState } from 'react'

import { ChartsPanel } from '../charts/ChartsPanel'
import { HighlightContext } from '../model/highlight'
import { useLeft, useShownRuns } from '../model/selection'
import { CONTENT } from '../ui/landmarks'
import classes from './runs.module.css'
import { RunsPanel } from './RunsPanel'

export function RunsPage() {
  const focus = useState<number | null>(null)
  return (
    <HighlightContext value={focus}>
      <main id={CONTENT} className={classes.page}>
        <RunsPanel />
        <ShownCharts />
      </main>
    </HighlightContext>
  )
}

/** The charts are of the runs that stand beside them: what the filters take from the table they take from the charts. */
function ShownCharts() {
  return <ChartsPanel shown={useLeft(useShownRuns())} />
}
