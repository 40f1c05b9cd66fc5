// One comparison of a claim: its verdict, the numbers, what made it unfair, the runs, and the figures that show it.
import { NativeSelect, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import type { FigureLink, Finding, Judgement, PartVerdict } from '../api/types'
import { FigureFrame, type FigureOptions } from '../figures/FigurePanel'
import { number } from '../lib/format'
import { WarningIcon } from '../ui/icons'
import { Scroll } from '../ui/Scroll'
import { WhenSeen } from '../ui/WhenSeen'
import { keepView } from '../view/keepView'
import classes from './evidence.module.css'
import { titleOf } from './kinds'
import { VerdictWord } from './VerdictWord'
import { against, difference, interval, look, quantity, seeds } from './words'

export function Comparison({ judgement }: { judgement: Judgement }) {
  const { verdict, adjusted_verdict: amongAll, why, parts, findings, figures, runs } = judgement
  return (
    <section className={classes.comparison} aria-label={against(judgement)}>
      <header className={classes.comparisonHead}>
        <h3>{against(judgement)}</h3>
        <VerdictWord verdict={verdict} />
        {amongAll && amongAll !== verdict && (
          <Text size="xs" c="dimmed">
            {amongAll} when adjusted for the whole set
          </Text>
        )}
      </header>
      <Text size="sm">{why}</Text>
      <Parts parts={parts} />
      <Text size="xs" c="dimmed">
        {look(judgement)}
      </Text>
      {findings.length > 0 && <Findings findings={findings} />}
      <Runs runs={runs} />
      <Shown figures={figures} runs={runs} />
    </section>
  )
}

function Parts({ parts }: { parts: readonly PartVerdict[] }) {
  return (
    <Scroll label="What was measured">
      <table className={classes.parts}>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col">Verdict</th>
            <th scope="col">Claimed</th>
            <th scope="col" className={classes.number}>Effect</th>
            <th scope="col" className={classes.number}>Interval</th>
            <th scope="col" className={classes.number}>n</th>
            <th scope="col" className={classes.number}>Hedges’ g</th>
            <th scope="col" className={classes.number}>Permutation p</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={JSON.stringify([part.measure, part.roles.map(({ role }) => role)])} data-decides={part.decides}>
              <th scope="row">
                {part.label}
                <span className={classes.small}>{means(part)}</span>
              </th>
              <td>{part.decides ? <VerdictWord verdict={part.verdict} /> : 'shown only'}</td>
              <td>{claimed(part)}</td>
              <td className={classes.number}>{part.effect == null ? '–' : difference(part.effect, part.unit)}</td>
              <td className={classes.number}>{interval(part) || '–'}</td>
              <td className={classes.number}>{seeds(part)}</td>
              <td className={classes.number}>{part.hedges_g == null ? '–' : number(part.hedges_g)}</td>
              <td className={classes.number}>{permutation(part)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** What each cell came to, and how many got to the target. */
function means({ roles, unit, target }: PartVerdict): string {
  const cells = roles.map(({ model, mean, reached, n }) => {
    const arrived = reached == null || reached === n ? '' : `, ${reached} of ${n} got there`
    return `${model} ${mean == null ? 'not measured' : quantity(mean, unit)}${arrived}`
  })
  return `${target === null ? '' : `target ${number(100 * target)} %: `}${cells.join('; ')}`
}

const SIDES = { greater: 'above', less: 'below', same: 'within' } as const

function claimed({ expect, margin, unit }: PartVerdict): string {
  const edge = expect === 'less' ? -margin : margin
  if (expect === 'same') return `within ±${difference(margin, unit).replace('+', '')}`
  return `${SIDES[expect]} ${margin === 0 ? '0' : difference(edge, unit)}`
}

function permutation({ permutation_p: p, permutation_smallest: smallest }: PartVerdict): string {
  return p == null || smallest == null ? '–' : `${number(p)} (at best ${number(smallest)})`
}

/** Those that bar a verdict come first, and are marked. */
function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul className={classes.findings} aria-label="Fairness">
      {findings.map(({ text, bars, runs = [] }) => (
        <li key={text} data-bars={bars}>
          {bars !== 'nothing' && <WarningIcon size={14} />}
          <span>
            {text}
            {runs.length > 0 && ` (run${runs.length > 1 ? 's' : ''} ${runs.join(', ')})`}
            {bars === 'measurements' && ': no verdict'}
            {bars === 'times' && ': no verdict on times'}
            {bars === 'targets' && ': no verdict on times to a target'}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Runs({ runs }: { runs: readonly number[] }) {
  return (
    <p className={classes.runs}>
      Runs{' '}
      {runs.map((run) => (
        <Link key={run} to="/runs/$run" params={{ run: String(run) }} search={keepView}>
          #{run}
        </Link>
      ))}
      <Link to="/compare" search={{ runs }}>
        compare them
      </Link>
    </p>
  )
}

function Shown({ figures, runs }: { figures: readonly FigureLink[]; runs: readonly number[] }) {
  const [place, setPlace] = useState(0)
  const link = figures[place] ?? figures[0]
  if (link === undefined) return null
  return (
    <figure className={classes.figure}>
      {figures.length > 1 && (
        <NativeSelect
          size="xs"
          aria-label="Figure"
          value={place}
          data={figures.map((each, at) => ({ value: String(at), label: titleOf(each) }))}
          onChange={({ currentTarget: { value } }) => {
            setPlace(Number(value))
          }}
        />
      )}
      <WhenSeen className={classes.figureFrame} keep>
        <FigureFrame kind={link.kind} title={titleOf(link)} runs={runs} options={link.options as FigureOptions} />
      </WhenSeen>
      <figcaption>{titleOf(link)}</figcaption>
    </figure>
  )
}
