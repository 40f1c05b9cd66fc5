// A link to a run, by number and name.
import { Link } from '@tanstack/react-router'

import type { Run } from '../api/types'
import { keepView } from '../view/keepView'
import classes from './queue.module.css'

export function RunLink({ run }: { run: Run }) {
  const named = `#${run.id} ${run.name}`
  return (
    <Link to="/runs/$run" params={{ run: String(run.id) }} search={keepView} className={classes.link} title={named}>
      {named}
    </Link>
  )
}
