// Launches missing runs with one click, after showing how many they are and an estimate of their time.
import { Button, Text } from '@mantine/core'

import { useEstimateOf } from '../launch/useEstimate'
import type { Asked } from './asked'
import classes from './evidence.module.css'
import { countRuns, launchesOf, type Wanted } from './missing'
import { useSettle } from './useSettle'
import { runCount, seedList } from './words'

interface LaunchButtonProps {
  wanted: readonly Wanted[]
  asked: Asked
}

export function LaunchButton({ wanted, asked }: LaunchButtonProps) {
  const settle = useSettle(asked)
  return (
    <div className={classes.launch}>
      <ul>
        {launchesOf(wanted).map((launch) => (
          <li key={JSON.stringify(launch)}>
            <Offer models={(launch.vary.model ?? []).map(String)} seeds={(launch.vary.seed ?? []).map(Number)} spec={launch.spec} />
          </li>
        ))}
      </ul>
      <Button
        size="xs"
        loading={settle.isPending}
        disabled={settle.isSuccess || wanted.length === 0}
        onClick={() => {
          settle.mutate(wanted)
        }}
      >
        {settle.isSuccess ? 'Launched' : `Launch ${runCount(countRuns(wanted))}`}
      </Button>
    </div>
  )
}

function Offer({ models, seeds, spec }: { models: readonly string[]; seeds: readonly number[]; spec: Readonly<Record<string, unknown>> }) {
  const estimate = useEstimateOf({ vary: { model: [...models], seed: [...seeds] }, spec }, true)
  return (
    <Text component="span" size="sm">
      {models.join(', ')}: {seedList(seeds)}
      {estimate && (
        <Text component="span" size="xs" c="dimmed">
          {' '}
          {estimate}
        </Text>
      )}
    </Text>
  )
}
