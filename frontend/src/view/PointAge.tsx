// How old the newest point is, while something trains: "live" alone would not tell of a run that hangs.
import { useEffect, useState } from 'react'

import { useLabPart, useSessionPart } from '../live/hooks'
import { duration } from '../ui/format'
import classes from './view.module.css'

const TICK_MS = 5_000

export function PointAge() {
  const pointAt = useSessionPart('pointAt')
  const runs = useLabPart('runs')
  const now = useNow()
  const training = [...runs.values()].some(({ status }) => status === 'running')
  if (pointAt === null || !training) return null
  return <span className={classes.workers}>newest point {duration(Math.max(0, now - pointAt) / 1000)} ago</span>
}

function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const clock = setInterval(() => {
      setNow(Date.now())
    }, TICK_MS)
    return () => {
      clearInterval(clock)
    }
  }, [])
  return now
}
