// A set of claims: one row each, and below the open one everything that its verdict rests on.
import { Text } from '@mantine/core'
import { useId } from 'react'

import type { ClaimEvidence, SetEvidence } from '../api/types'
import { ChevronIcon } from '../ui/icons'
import { Panel } from '../ui/Panel'
import { useViewPart } from '../view/useView'
import type { Asked } from './asked'
import { ClaimDetails } from './ClaimDetails'
import classes from './evidence.module.css'
import { VerdictWord } from './VerdictWord'
import { adjusted, decisive, tally } from './words'

interface ClaimsPanelProps {
  set: SetEvidence
  asked: Asked
}

export function ClaimsPanel({ set, asked }: ClaimsPanelProps) {
  const { key, title, source, size, claims } = set
  return (
    <Panel
      title={title}
      aside={
        <Text component="span" size="xs" c="dimmed">
          {tally(set)}
        </Text>
      }
    >
      {source && (
        <Text size="xs" c="dimmed" className={classes.note ?? ''}>
          {source}
        </Text>
      )}
      <table className={classes.claims} aria-label={title}>
        <thead>
          <tr>
            <th scope="col">Claim</th>
            <th scope="col">Verdict</th>
            <th scope="col" title={`Holm's adjustment over the ${size} claims of the set, tested or not`}>
              Adjusted (Holm, m = {size})
            </th>
            <th scope="col" className={classes.number}>
              Effect (95% CI)
            </th>
            <th scope="col" className={classes.number}>
              n
            </th>
          </tr>
        </thead>
        <tbody>
          {claims.map((claim) => (
            <ClaimRow key={claim.id} claim={claim} place={`${key}.${claim.id}`} asked={asked} />
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

/** `place`: what the address calls the claim. */
function ClaimRow({ claim, place, asked }: { claim: ClaimEvidence; place: string; asked: Asked }) {
  const [shown, setShown] = useViewPart('claim')
  const id = useId()
  const open = shown === place
  const amongAll = adjusted(claim)
  return (
    <>
      <tr className={classes.claim} data-claim={place} data-open={open}>
        <td>
          <button
            type="button"
            className={classes.opener}
            aria-expanded={open}
            aria-controls={open ? id : undefined}
            onClick={() => {
              setShown(open ? undefined : place)
            }}
          >
            <ChevronIcon open={open} />
            <span className={classes.id}>{claim.id}</span>
            <span>{claim.sentence}</span>
          </button>
        </td>
        <td>
          <VerdictWord verdict={claim.verdict} />
        </td>
        <td className={classes.wide}>{amongAll && <VerdictWord verdict={amongAll} />}</td>
        <Telling claim={claim} />
      </tr>
      {open && (
        <tr id={id}>
          <td colSpan={5} className={classes.detailsCell}>
            <ClaimDetails claim={claim} asked={asked} />
          </td>
        </tr>
      )}
    </>
  )
}

/** The numbers of the decisive part, which a claim without an interval names. */
function Telling({ claim: { judgements } }: { claim: ClaimEvidence }) {
  const [first] = judgements
  const part = first && decisive(first)
  if (part?.effect === null || part?.effect === undefined) {
    return (
      <>
        <td className={classes.wide} />
        <td className={classes.wide} />
      </>
    )
  }
  return (
    <>
      <td className={`${classes.wide ?? ''} ${classes.number ?? ''}`}>
        {part.text.effect}
        <span className={classes.small}>{part.text.interval || part.label}</span>
      </td>
      <td className={`${classes.wide ?? ''} ${classes.number ?? ''}`}>{part.text.n}</td>
    </>
  )
}
