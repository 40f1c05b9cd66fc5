// The table's smaller cells.
import { ActionIcon, VisuallyHidden } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import { useDatasetCard } from '../api/catalog'
import type { LabRun, Run } from '../api/types'
import { percent } from '../lib/format'
import { bestSentence, SELECTED } from '../model/best'
import { limitInWords } from '../model/dataVersion'
import { useToggle } from '../model/selection'
import { colourOf, type RunStyle } from '../theme/palette'
import { useScheme } from '../theme/scheme'
import { EyeIcon, EyeOffIcon } from '../ui/icons'
import { Swatch } from '../ui/Swatch'
import { keepView } from '../view/keepView'
import classes from './runs.module.css'
import { Sparkline } from './Sparkline'

export function ShowCell({ run, shown }: { run: Run; shown: boolean }) {
  const toggle = useToggle()
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-pressed={shown}
      aria-label={`Show run ${run.id}, ${run.name}, in charts`}
      title={shown ? 'Hide from charts' : 'Show in charts'}
      className={classes.eye}
      data-shown={shown}
      onClick={() => {
        toggle(run.id)
      }}
    >
      {shown ? <EyeIcon /> : <EyeOffIcon />}
    </ActionIcon>
  )
}

export function NameCell({ run, runStyle, shown }: { run: Run; runStyle: RunStyle; shown: boolean }) {
  return (
    <div className={classes.name}>
      <Swatch runStyle={runStyle} shown={shown} />
      <div className={classes.nameText}>
        <Link to="/runs/$run" params={{ run: String(run.id) }} search={keepView} className={classes.nameMain} title={run.name}>
          {run.name}
        </Link>
        <span className={classes.detail}>
          <Description run={run} />
        </span>
      </div>
    </div>
  )
}

/** What the run's name does not say already. */
function Description({ run }: { run: Run }) {
  const { id, kind, spec } = run
  if (spec === null) return `#${id} · ${kind}`
  return <SpecDescription run={{ ...run, spec }} />
}

function SpecDescription({ run }: { run: LabRun }) {
  const { id, name, spec } = run
  const limit = limitInWords(run, useDatasetCard(spec.dataset))
  const parts = [
    `#${id}`,
    !name.includes(spec.model) && spec.model,
    !name.includes(spec.dataset) && spec.dataset,
    limit && `on ${limit}`,
    !name.includes('seed') && `seed ${spec.seed}`,
  ]
  return parts.filter(Boolean).join(' · ')
}

export function BestCell({ run: { id, best }, runStyle, shown }: { run: Run; runStyle: RunStyle; shown: boolean }) {
  const scheme = useScheme()
  if (best === null) {
    return (
      <span className={classes.none}>
        –<VisuallyHidden>none yet</VisuallyHidden>
      </span>
    )
  }
  return (
    <span className={classes.bestCell}>
      <span className={classes.best} title={bestSentence(best)}>
        {percent(best.value)}
      </span>
      <span className={classes.selected} title={bestSentence(best)}>
        <VisuallyHidden>selected </VisuallyHidden>
        {SELECTED[best.selected_on]}
      </span>
      {shown && <Sparkline run={id} colour={colourOf(runStyle, scheme)} />}
    </span>
  )
}

export function FactCell({ text }: { text: string }) {
  return (
    <span className={classes.fact} title={text}>
      {text || '–'}
    </span>
  )
}
