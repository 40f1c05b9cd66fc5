// Home: the runs on the left, their curves on the right.
import { useState } from 'react'

import { ChartsPanel } from '../charts/ChartsPanel'
import { CONTENT } from '../view/landmarks'
import { FocusContext } from './focus'
import classes from './runs.module.css'
import { RunsPanel } from './RunsPanel'
import { useLeft, useShownRuns } from './useShown'

export function RunsPage() {
  const focus = useState<number | null>(null)
  return (
    <FocusContext value={focus}>
      <main id={CONTENT} className={classes.page}>
        <RunsPanel />
        <ShownCharts />
      </main>
    </FocusContext>
  )
}

/** The charts are of the runs that stand beside them: what the filters take from the table they take from the charts. */
function ShownCharts() {
  return <ChartsPanel shown={useLeft(useShownRuns())} />
}
