// One data set: its size, its classes with examples, its versions, and augmentation.
import { Badge, Button, Text } from '@mantine/core'

import type { DatasetCard } from '../api/types'
import { whole } from '../lib/format'
import { PluginError } from '../networks/PluginError'
import { Panel } from '../ui/Panel'
import { useLaunchForm } from '../view/useView'
import { AugmentationPanel } from './AugmentationPanel'
import { ClassesPanel } from './ClassesPanel'
import classes from './data.module.css'
import { DatasetName } from './DatasetName'
import { versionIn } from './images'
import { VersionsPanel } from './VersionsPanel'
import { PROVENANCES } from './words'

export function DatasetDetails({ card }: { card: DatasetCard }) {
  const { key, label, available, needs, source, plugin, error } = card
  const { pictures, sha256 } = card
  const { train } = useLaunchForm()
  // A plugin generates its images for each run: there are none on disk to show.
  const coming = available && plugin == null && !pictures
  return (
    <div className={classes.details}>
      <Panel
        title={label}
        aside={<Text size="xs" c="dimmed">{key}</Text>}
        actions={
          <>
          {error == null && <Button size="xs" variant="light" onClick={() => { train(key) }}>Train on this</Button>}
          <Badge variant="light" color={available ? 'teal' : 'gray'} tt="none" className={classes.badge ?? ''}>
            {available ? 'Downloaded' : 'Not downloaded'}
          </Badge>
          </>
        }
      >
        <div className={classes.body}>
          <Text size="sm">{inWords(card)}</Text>
          {needs && <Text size="sm">{`The first run on it needs ${needs}.`}</Text>}
          {versionInWords(card) && <Text size="sm">{versionInWords(card)}</Text>}
          <Text size="sm" c="dimmed">
            {source}
            {plugin != null && `. From the plugin ${plugin}, which loads its images at training time, so none are shown.`}
          </Text>
          {card.notes?.map((note) => (
            <Text key={note} size="sm" c="dimmed">
              {plugin == null ? note : `Converted: ${note}.`}
            </Text>
          ))}
          {plugin == null && <DatasetName card={card} />}
          {error && <PluginError error={error} />}
        </div>
      </Panel>
      {card.classes && <ClassesPanel key={sha256} card={card} names={card.classes} seen={pictures} />}
      <VersionsPanel dataset={key} />
      {(pictures || coming) && <AugmentationPanel dataset={key} version={versionIn(card)} seen={pictures} />}
    </div>
  )
}

function versionInWords({ version, sha256, provenance }: DatasetCard): string {
  if (version == null) return ''
  const words = [`Version ${version}`, sha256 && `SHA-256 ${sha256.slice(0, 8)}`, provenance && PROVENANCES[provenance]]
  return `${words.filter(Boolean).join(', ')}.`
}

function inWords({ train_images: train, val_images: val, test_images: test, image_shape: shape, classes: names }: DatasetCard): string {
  if (!train || !test) return 'Not downloaded: the first run on it downloads it.'
  const [channels, height, width] = shape ?? []
  const size = height ? `, ${width} × ${height} pixels, ${channels === 1 ? 'greyscale' : 'RGB'}` : ''
  return `${whole(train)} training${val ? `, ${whole(val)} validation` : ''} and ${whole(test)} test images${size}${names ? `, ${names.length} classes` : ''}.`
}
