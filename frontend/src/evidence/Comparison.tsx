// One comparison of a claim: its verdict, numbers, confounders, runs and figures. The numbers' text is the server's.
import { NativeSelect, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import type { FigureKind } from '../api/figures'
import type { FigureLink, Finding, Judgement, PartVerdict } from '../api/types'
import { titleOf, type FigureOptions } from '../figures/cards'
import { FigureFrame } from '../figures/FigurePanel'
import { useQuantities } from '../model/useQuantities'
import { WarningIcon } from '../ui/icons'
import { Scroll } from '../ui/Scroll'
import { WhenSeen } from '../ui/WhenSeen'
import { keepView } from '../view/keepView'
import classes from './evidence.module.css'
import { VerdictWord } from './VerdictWord'

export function Comparison({ judgement }: { judgement: Judgement }) {
  const { title, verdict, adjusted_verdict: amongAll, why, analysis, parts, findings, figures, runs } = judgement
  return (
    <section className={classes.comparison} aria-label={title}>
      <header className={classes.comparisonHead}>
        <h3>{title}</h3>
        <VerdictWord verdict={verdict} />
        {amongAll && amongAll !== verdict && (
          <Text size="xs" c="dimmed">
            {amongAll} after adjustment (Holm)
          </Text>
        )}
      </header>
      <Text size="sm">{why}</Text>
      <Parts parts={parts} />
      <Text size="xs" c="dimmed">
        {analysis}
      </Text>
      {findings.length > 0 && <Findings findings={findings} />}
      <Runs runs={runs} />
      <Shown figures={figures} runs={runs} />
    </section>
  )
}

function Parts({ parts }: { parts: readonly PartVerdict[] }) {
  return (
    <Scroll label="Measured effects">
      <table className={classes.parts}>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col">Verdict</th>
            <th scope="col">Claimed</th>
            <th scope="col" className={classes.number}>Effect</th>
            <th scope="col" className={classes.number}>CI</th>
            <th scope="col" className={classes.number}>n</th>
            <th scope="col" className={classes.number}>Hedges’ g</th>
            <th scope="col" className={classes.number}>Permutation p</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={JSON.stringify([part.measure, part.roles.map(({ role }) => role)])} data-decides={part.decides}>
              <th scope="row">
                {part.text.measure}
                <span className={classes.small}>{part.text.means}</span>
              </th>
              <td>{part.decides ? <VerdictWord verdict={part.verdict} /> : '–'}</td>
              <td>{part.text.claimed}</td>
              <td className={classes.number}>{part.text.effect || '–'}</td>
              <td className={classes.number}>{part.text.interval || '–'}</td>
              <td className={classes.number}>{part.text.n}</td>
              <td className={classes.number}>{part.text.hedges_g || '–'}</td>
              <td className={classes.number}>{part.text.permutation || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** Those that bar a verdict come first, and are marked. */
function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul className={classes.findings} aria-label="Fairness">
      {findings.map(({ sentence, bars }) => (
        <li key={sentence} data-bars={bars}>
          {bars !== 'nothing' && <WarningIcon size={14} />}
          <span>{sentence}</span>
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
        Compare
      </Link>
    </p>
  )
}

function Shown({ figures, runs }: { figures: readonly FigureLink[]; runs: readonly number[] }) {
  const [place, setPlace] = useState(0)
  useQuantities() // a figure of a plugin's metric has its title from there
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
        <FigureFrame kind={link.kind as FigureKind} runs={runs} options={link.options as FigureOptions} />
      </WhenSeen>
      <figcaption>{titleOf(link)}</figcaption>
    </figure>
  )
}
