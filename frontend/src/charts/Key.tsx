// Which curve is whose. Pointing at a name lets its curves stand out.
import { Swatch } from '../runs/Swatch'
import { useFocus } from '../runs/focus'
import classes from './charts.module.css'
import type { Curve } from './curves'

export function Key({ curves }: { curves: readonly Curve[] }) {
  const [focus, setFocus] = useFocus()
  if (curves.length === 0) return null
  return (
    <ul className={classes.key} aria-label="Runs in the charts">
      {curves.map(({ run, label, look }) => (
        <li
          key={run}
          className={classes.keyItem}
          data-dim={focus !== null && focus !== run}
          onMouseEnter={() => {
            setFocus(run)
          }}
          onMouseLeave={() => {
            setFocus(null)
          }}
        >
          <Swatch look={look} />
          <span className={classes.keyLabel} title={label}>
            {label}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Solid is train, dashed is test; said at each chart. */
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
