// The legend. Hovering or focusing an entry highlights its curves.
import { useHighlightOn, useHighlight } from '../model/highlight'
import { Swatch } from '../ui/Swatch'
import type { Band } from '../view/urlState'
import classes from './charts.module.css'
import { groupsOf, type Curve } from './curve'

export interface Entry {
  run: number
  label: string
  runStyle: Curve['runStyle']
  runs: readonly number[]
}

export function Key({ curves, mean }: { curves: readonly Curve[]; mean?: Band | undefined }) {
  const [focused] = useHighlight()
  if (curves.length === 0) return null
  // A run without curves, such as a queued one, cannot be highlighted.
  const focus = curves.some(({ run, columns }) => run === focused && columns.size > 0) ? focused : null
  return (
    <ul className={classes.key} aria-label={mean ? 'Means in charts' : 'Runs in charts'}>
      {entriesOf(curves, mean).map((entry) => (
        <KeyItem key={entry.run} {...entry} focus={focus} />
      ))}
      {mean && <li className={classes.keyNote}>{mean === 'sd' ? 'band: ±1 SD' : 'band: 95% CI of the mean'}</li>}
    </ul>
  )
}

function KeyItem({ run, label, runStyle, runs, focus }: Entry & { focus: number | null }) {
  const [, setFocus] = useHighlight()
  const bringOut = useHighlightOn(run, setFocus)
  return (
    <li className={classes.keyItem} data-dim={focus !== null && !runs.includes(focus)} tabIndex={0} {...bringOut}>
      <Swatch runStyle={runStyle} />
      <span className={classes.keyLabel} title={label}>
        {label}
      </span>
    </li>
  )
}

/** The legend's entries, in order. */
export function entriesOf(curves: readonly Curve[], mean: Band | undefined): Entry[] {
  if (!mean) return curves.map(({ run, label, runStyle }) => ({ run, label, runStyle, runs: [run] }))
  return groupsOf(curves).map(({ first, members, runStyle }) => ({ run: first.run, label: first.groupLabel, runStyle, runs: members.map(({ run }) => run) }))
}

/** Solid is train, dashed is test. */
export function LineKey() {
  return (
    <span className={classes.lineKey}>
      <svg width="26" height="8" viewBox="0 0 26 8" aria-hidden>
        <path d="M0 4h26" stroke="currentColor" strokeWidth="2" />
        <circle cx="13" cy="4" r="2.8" fill="currentColor" />
      </svg>
      train
      <svg width="26" height="8" viewBox="0 0 26 8" aria-hidden>
        <path d="M0 4h26" stroke="currentColor" strokeWidth="2" strokeDasharray="6 4" />
        <circle cx="13" cy="4" r="2.8" fill="var(--surface)" stroke="currentColor" strokeWidth="1.4" />
      </svg>
      test
    </span>
  )
}
