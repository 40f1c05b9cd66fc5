// Augmentation: the same images as successive epochs of a run would see them, rendered by a worker.
import { SegmentedControl, Text } from '@mantine/core'
import { useIsFetching, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'

import { answer, api } from '../api/client'
import { unanswered } from '../api/problem'
import type { paths } from '../api/schema'
import { ErrandState } from '../errands/ErrandState'
import { useEventCount } from '../live/hooks'
import { useErrand } from '../live/useErrands'
import { choiceLabel, FIELDS } from '../model/fields'
import { Panel } from '../ui/Panel'
import { Picture } from '../ui/Picture'
import { RequestError } from '../ui/RequestError'
import classes from './data.module.css'
import { previewOf, type Version } from './images'
import { renderedElsewhere } from './words'

type Augmentation = paths['/api/v1/datasets/{key}/previews/{augment}']['get']['parameters']['path']['augment']

const LOADING = 'Loading…'
const WAITING = 'The preview is not rendered yet.'
const COMING = 'Not downloaded yet. A worker that shares the server’s disk downloads the images; otherwise the first run does.'

const FIELD = FIELDS.find(({ name }) => name === 'augment')
const CHOICES = FIELD?.choices ?? []

interface AugmentationPanelProps {
  dataset: string
  version: Version
  /** Whether its images are on the disk of the lab. */
  seen: boolean
}

export function AugmentationPanel({ dataset, version, seen }: AugmentationPanelProps) {
  const [augment, setAugment] = useState(typeof FIELD?.initial === 'string' ? FIELD.initial : 'none')
  return (
    <Panel
      title={FIELD?.title ?? 'Augmentation'}
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Augmentation"
          value={augment}
          data={CHOICES.map((choice) => ({ value: choice, label: choiceLabel('augment', choice) }))}
          onChange={setAugment}
        />
      }
    >
      <div className={classes.body}>
        <Preview dataset={dataset} version={version} augment={augment as Augmentation} seen={seen} />
        <Text size="xs" c="dimmed">
          Each row is a training image, each column an epoch, rendered by the training pipeline. {FIELD?.help}
        </Text>
      </div>
    </Panel>
  )
}

function Preview({ dataset, version, augment, seen }: AugmentationPanelProps & { augment: Augmentation }) {
  const changes = useEventCount('catalog')
  const asked = useQuery({
    // The `catalog` event says that images have come. Where the images are to come first, the one question makes
    // a worker bring them; a worker with a disk of its own would be asked for ever.
    queryKey: ['preview', dataset, augment, seen ? changes : null],
    queryFn: () => isThere(dataset, augment),
    retry: false,
  })
  const errand = useErrand((task) => task.kind === 'preview_augmentation' && task.dataset === dataset)
  // What workers announce with its end may say that the images are here now.
  const isCatalogLoading = useIsFetching({ queryKey: ['datasets'] }) > 0
  const { data: there } = asked
  const problem = unanswered(asked)
  if (problem) return <RequestError wanted="load the preview" problem={problem} onRetry={() => void asked.refetch()} />
  const isDone = errand?.status === 'done'
  if (there === undefined || (!there && isDone && isCatalogLoading)) return <Waiting>{LOADING}</Waiting>
  if (!there) {
    return (
      <Waiting state={<ErrandState errand={errand} what="the preview" absent={renderedElsewhere(errand?.worker ?? null)} />}>
        {isDone ? null : seen ? WAITING : COMING}
      </Waiting>
    )
  }
  return (
    <Picture src={previewOf(dataset, augment, version)} alt={`Training images under ${choiceLabel('augment', augment)}, epoch by epoch`} missing="not on this machine" className={classes.preview} />
  )
}

function Waiting({ children, state }: { children: string | null; state?: ReactNode }) {
  return (
    <div className={classes.waiting}>
      {children !== null && (
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      )}
      {state}
    </div>
  )
}

async function isThere(key: string, augment: Augmentation): Promise<boolean> {
  const { data } = await answer(api.GET('/api/v1/datasets/{key}/previews/{augment}', { params: { path: { key, augment } }, parseAs: 'blob' }))
  return data.type === 'image/png'
}
