// How old the newest point is while something trains: "live" alone would not show that a run hangs.
import { duration } from '../lib/format'
import { useLabPart, useSessionPart } from '../live/hooks'
import { useNow } from '../ui/useNow'
import classes from './shell.module.css'

const JUST_NOW_S = 5

export function PointAge() {
  const points = useSessionPart('points')
  const runs = useLabPart('settled')
  const now = useNow()
  const known = [...points].filter(([run]) => runs.get(run)?.status === 'running').map(([, at]) => at)
  if (known.length === 0) return null
  const seconds = Math.max(0, now - Math.max(...known)) / 1000
  return <span className={classes.workers}>updated {seconds < JUST_NOW_S ? 'just now' : `${duration(seconds)} ago`}</span>
}
