// The missing runs of all claims by network: selected and launched with one click.
import { Checkbox, Text } from '@mantine/core'
import { useMemo, useState } from 'react'

import { useNetworkName } from '../api/catalog'
import type { SetEvidence } from '../api/types'
import { Panel } from '../ui/Panel'
import { toggled } from '../view/urlState'
import type { Asked } from './asked'
import classes from './evidence.module.css'
import { LaunchButton } from './LaunchButton'
import { wantedOf, type Wanted } from './missing'
import { seedList } from './words'

export function MissingPanel({ sets, asked }: { sets: readonly SetEvidence[]; asked: Asked }) {
  const wanted = useMemo(() => wantedOf(sets), [sets])
  const [left, setLeft] = useState<readonly string[]>([])
  const chosen = wanted.filter(({ key }) => left.includes(key))
  if (wanted.length === 0) return null
  return (
    <Panel
      title="Missing runs"
      aside={
        <Text component="span" size="xs" c="dimmed">
          Runs are shared across claims
        </Text>
      }
    >
      <div className={classes.missingBody}>
        <ul className={classes.wanted}>
          {wanted.map((each) => (
            <li key={each.key}>
              <WantedRow
                wanted={each}
                checked={left.includes(each.key)}
                onToggle={() => {
                  setLeft(toggled(left, each.key))
                }}
              />
            </li>
          ))}
        </ul>
        {chosen.length > 0 ? (
          <LaunchButton key={chosen.map(({ key }) => key).join()} wanted={chosen} asked={asked} />
        ) : (
          <Text size="sm" c="dimmed">
            Select runs to launch. An estimate is shown first.
          </Text>
        )}
      </div>
    </Panel>
  )
}

function WantedRow({ wanted: { model, seeds, claims }, checked, onToggle }: { wanted: Wanted; checked: boolean; onToggle: () => void }) {
  const networkName = useNetworkName()
  return (
    <Checkbox
      size="sm"
      checked={checked}
      onChange={onToggle}
      label={`${networkName(model)}, ${seedList(seeds)}`}
      description={`for ${claims.join(', ')}`}
    />
  )
}
