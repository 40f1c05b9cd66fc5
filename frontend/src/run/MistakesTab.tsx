// The test images that the network is surest about, and wrong.
import { NativeSelect, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { LabRun } from '../api/types'
import { imageOf, versionIn, type Version } from '../data/images'
import { percent, plural, whole } from '../lib/format'
import { useFollow } from '../live/useFollow'
import { Panel } from '../ui/Panel'
import { Picture } from '../ui/Picture'
import { useViewPart } from '../view/useView'
import { Loaded, Nothing } from './Loaded'
import { pairsOf, type Mistake } from './mistakes'
import { nullIfMissing } from './nullIfMissing'
import classes from './run.module.css'

export function MistakesTab({ run }: { run: LabRun }) {
  const asked = useQuery({
    queryKey: ['mistakes', run.id],
    queryFn: async () => {
      const kept = await nullIfMissing(answer(api.GET('/api/v1/runs/{run_id}/mistakes', { params: { path: { run_id: run.id } } })))
      return { asOf: run.epoch, kept }
    },
    retry: false,
  })
  useFollow(asked, run.epoch)
  const nothing = 'No data yet: errors are recorded after each epoch if telemetry includes classes.'
  return (
    <Loaded asked={asked} wanted="load the errors" nothing={nothing}>
      {({ kept }) =>
        kept === null || kept.items.length === 0 ? (
          <Nothing>{nothing}</Nothing>
        ) : (
          <Mistakes dataset={run.spec.dataset} version={versionIn(kept.data)} epoch={kept.epoch} names={kept.classes} items={kept.items} />
        )
      }
    </Loaded>
  )
}

interface MistakesProps {
  dataset: string
  /** Null: the run predates data versions; its images are those of version 1. */
  version: Version
  epoch: number
  names: readonly string[] | null
  /** Most confident first. */
  items: readonly Mistake[]
}

function Mistakes({ dataset, version, epoch, names, items }: MistakesProps) {
  const [chosen = '', choose] = useViewPart('pair')
  const nameOf = (label: number): string => names?.[label] ?? String(label)
  const pairs = pairsOf(items)
  const shown = pairs.find(({ key }) => key === chosen)?.items ?? items
  return (
    <Panel
      title="Most confident errors"
      aside={
        <Text size="xs" c="dimmed">
          epoch {epoch}, {plural(shown.length, 'test image')}
          {version == null && '; this run predates data versions: images are from version 1'}
        </Text>
      }
      actions={
        <NativeSelect
          size="xs"
          aria-label="Errors shown"
          value={chosen}
          data={[
            { value: '', label: 'All' },
            ...pairs.map(({ key, label, predicted, items: each }) => ({ value: key, label: `${nameOf(label)} predicted as ${nameOf(predicted)} (${each.length})` })),
          ]}
          onChange={({ currentTarget: { value } }) => {
            choose(value === '' ? undefined : value)
          }}
        />
      }
    >
      <ol className={classes.mistakes}>
        {shown.map(({ image, label, predicted, confidence }) => (
          <li key={image} className={classes.mistake}>
            <Picture
              src={imageOf(dataset, 'test', image, version ?? 1)}
              alt={`Test image ${whole(image)}: ${nameOf(label)}`}
              missing="not available"
              className={classes.mistakePicture}
            />
            <span className={classes.mistakeText}>
              <span>
                predicted <strong>{nameOf(predicted)}</strong>
              </span>
              <span className={classes.mistakeSure}>confidence {percent(confidence)}</span>
              <span className={classes.mistakeTruth}>label {nameOf(label)}</span>
              <span className={classes.mistakeTruth}>image {whole(image)}</span>
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
