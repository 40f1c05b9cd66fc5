// A claim's verdict in detail: its reason, the missing runs, and each comparison it can be judged on.
import { Button, Text } from '@mantine/core'
import { useState } from 'react'

import type { ClaimEvidence } from '../api/types'
import { plural } from '../lib/format'
import type { Asked } from './asked'
import { Comparison } from './Comparison'
import classes from './evidence.module.css'
import { LaunchButton } from './LaunchButton'
import { wantedOf } from './missing'

export function ClaimDetails({ claim, asked }: { claim: ClaimEvidence; asked: Asked }) {
  const [first, ...others] = claim.judgements
  const [all, setAll] = useState(false)
  return (
    <div className={classes.details}>
      {!first && !claim.missing && <Text size="sm">{claim.why}</Text>}
      {claim.note && (
        <Text size="sm" c="dimmed">
          {claim.note}
        </Text>
      )}
      {claim.missing && <MissingRuns claim={claim} asked={asked} />}
      {first && <Comparison judgement={first} />}
      {others.length > 0 && (
        <Button
          variant="subtle"
          size="compact-sm"
          className={classes.more ?? ''}
          aria-expanded={all}
          onClick={() => {
            setAll(!all)
          }}
        >
          {all ? 'Show only the first comparison' : plural(others.length, 'other comparison')}
        </Button>
      )}
      {all && others.map((judgement) => <Comparison key={JSON.stringify([judgement.roles, judgement.runs])} judgement={judgement} />)}
    </div>
  )
}

function MissingRuns({ claim, asked }: { claim: ClaimEvidence; asked: Asked }) {
  const { missing } = claim
  if (!missing) return null
  const wanted = wantedOf([{ claims: [claim] }])
  return (
    <div className={classes.missing}>
      <Text size="sm">
        <b>Missing:</b> {missing.why}
      </Text>
      {wanted.length > 0 && <LaunchButton wanted={wanted} asked={asked} />}
    </div>
  )
}
