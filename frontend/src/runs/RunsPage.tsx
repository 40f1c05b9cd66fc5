// Home: the runs on the left, their curves on the right.
import { useEffect, useState } from 'react'

import { ChartsPanel } from '../charts/ChartsPanel'
import { useSession } from '../live/hooks'
import { useShownRuns } from '../view/useView'
import { FocusContext } from './focus'
import classes from './runs.module.css'
import { RunsPanel } from './RunsPanel'

export function RunsPage() {
  const focus = useState<number | null>(null)
  useShownColumns()
  return (
    <FocusContext value={focus}>
      <main className={classes.page}>
        <RunsPanel />
        <ChartsPanel />
      </main>
    </FocusContext>
  )
}

function useShownColumns(): void {
  const session = useSession()
  const shown = useShownRuns()
  useEffect(() => {
    session.want(shown)
  }, [session, shown])
}
