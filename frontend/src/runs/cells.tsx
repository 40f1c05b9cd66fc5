// The table's smaller cells.
import { ActionIcon, Text } from '@mantine/core'

import { useDatasetCard } from '../api/catalog'
import type { Run } from '../api/types'
import type { Look } from '../theme/palette'
import { percent, whole } from '../ui/format'
import { EyeIcon, EyeOffIcon } from '../ui/icons'
import { useSelection } from '../view/useView'
import classes from './runs.module.css'
import { Swatch } from './Swatch'

export function ShowCell({ run, shown }: { run: Run; shown: boolean }) {
  const { toggle } = useSelection()
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-pressed={shown}
      aria-label={`Show run ${run.id}, ${run.name}, in the charts`}
      title={shown ? 'Hide from the charts' : 'Show in the charts'}
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

export function NameCell({ run, look, shown }: { run: Run; look: Look; shown: boolean }) {
  return (
    <div className={classes.name}>
      <Swatch look={look} shown={shown} />
      <div className={classes.nameText}>
        <Text component="span" className={classes.nameMain} title={run.name}>
          {run.name}
        </Text>
        <Text component="span" className={classes.detail}>
          <Description run={run} />
        </Text>
      </div>
    </div>
  )
}

/** What the run's name does not say already. */
function Description({ run: { id, name, spec } }: { run: Run }) {
  const card = useDatasetCard(spec.dataset)
  const all = card?.train_images
  const limit = spec.train_limit
  const parts = [
    `#${id}`,
    !name.includes(spec.model) && spec.model,
    !name.includes(spec.dataset) && spec.dataset,
    limit && `on ${whole(limit)}${all ? ` of ${whole(all)}` : ' images'}`,
    !name.includes('seed') && `seed ${spec.seed}`,
  ]
  return parts.filter(Boolean).join(' · ')
}

export function BestCell({ run: { best } }: { run: Run }) {
  if (best === null) {
    return (
      <span className={classes.none}>
        –<span className={classes.unseen}>none yet</span>
      </span>
    )
  }
  return (
    <span className={classes.best} title={`Best of all epochs, chosen on the ${best.selected_on} set itself: epoch ${best.epoch}`}>
      {percent(best.value)}
    </span>
  )
}
