// How old the newest point is, while something trains: "live" alone would not tell of a run that hangs.
import { duration } from '../lib/format'
import { useLabPart, useSessionPart } from '../live/hooks'
import { useNow } from '../ui/useNow'
import classes from './shell.module.css'

export function PointAge() {
  const points = useSessionPart('points')
  const runs = useLabPart('settled')
  const now = useNow()
  const known = [...points].filter(([run]) => runs.get(run)?.status === 'running').map(([, at]) => at)
  if (known.length === 0) return null
  return <span className={classes.workers}>newest point {duration(Math.max(0, now - Math.max(...known)) / 1000)} ago</span>
}
