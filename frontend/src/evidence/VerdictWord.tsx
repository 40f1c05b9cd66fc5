import type { ReactNode } from 'react'

import type { Verdict } from '../api/types'
import { CheckIcon, CrossIcon, TildeIcon } from '../ui/icons'
import classes from './evidence.module.css'

const ICONS: Record<Verdict, ReactNode> = {
  supported: <CheckIcon size={14} />,
  refuted: <CrossIcon size={14} />,
  inconclusive: <TildeIcon size={14} />,
  untested: <span className={classes.ring} aria-hidden />,
}

export function VerdictWord({ verdict }: { verdict: Verdict }) {
  return (
    <span className={classes.verdict} data-verdict={verdict}>
      {ICONS[verdict]}
      {verdict}
    </span>
  )
}
