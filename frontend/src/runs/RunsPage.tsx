// Home: the runs on the left, their curves on the right.
import { useState } from 'react'

import { ChartsPanel } from '../charts/ChartsPanel'
import { CONTENT } from '../view/landmarks'
import { FocusContext } from './focus'
import classes from './runs.module.css'
import { RunsPanel } from './RunsPanel'

export function RunsPage() {
  const focus = useState<number | null>(null)
  return (
    <FocusContext value={focus}>
      <main id={CONTENT} className={classes.page}>
        <RunsPanel />
        <ChartsPanel />
      </main>
    </FocusContext>
  )
}
