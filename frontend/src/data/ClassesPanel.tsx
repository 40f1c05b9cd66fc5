// The classes: examples of each, and their sizes as bars, so that class imbalance shows.
import { Button, SegmentedControl, Text } from '@mantine/core'
import { useState, type CSSProperties } from 'react'

import type { DatasetCard } from '../api/types'
import { plural, whole } from '../lib/format'
import { Panel } from '../ui/Panel'
import { Picture } from '../ui/Picture'
import classes from './data.module.css'
import { samplesOf, versionIn, type Split } from './images'
import { SPLITS } from './words'

/** More are a list to scroll in, not a sight. */
const AT_FIRST = 30

interface ClassesPanelProps {
  card: DatasetCard
  names: readonly string[]
  /** Whether its images are on the disk of the lab. */
  seen: boolean
}

export function ClassesPanel({ card, names, seen }: ClassesPanelProps) {
  const [split, setSplit] = useState<Split>('train')
  const [all, setAll] = useState(false)
  const counts = { train: card.train_counts, val: card.val_counts, test: card.test_counts }[split]
  const most = Math.max(1, ...(counts ?? []))
  const shown = all ? names : names.slice(0, AT_FIRST)
  return (
    <Panel
      title="Classes"
      aside={<Text size="xs" c="dimmed">{plural(names.length, 'class', 'classes')}</Text>}
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Split"
          value={split}
          data={(['train', 'val', 'test'] as const).filter((each) => each !== 'val' || card.val_images).map((each) => ({ value: each, label: SPLITS[each] }))}
          onChange={(value) => {
            setSplit(value)
          }}
        />
      }
    >
      <ul className={classes.classes}>
        {shown.map((name, label) => (
          <li key={name} data-seen={seen}>
            <span className={classes.className} title={name}>
              {name}
            </span>
            {seen && (
              <Picture
                src={samplesOf(card.key, split, label, versionIn(card))}
                alt={`Examples of ${name} (${SPLITS[split]})`}
                missing="not on this machine"
                className={classes.samples}
              />
            )}
            {counts && (
              <span className={classes.amount}>
                <span className={classes.bar} style={{ '--share': `${(100 * (counts[label] ?? 0)) / most}%` } as CSSProperties} />
                <span className={classes.count}>{whole(counts[label] ?? 0)}</span>
              </span>
            )}
          </li>
        ))}
      </ul>
      {shown.length < names.length && (
        <Button
          variant="subtle"
          size="compact-sm"
          className={classes.more ?? ''}
          onClick={() => {
            setAll(true)
          }}
        >
          Show all {names.length}
        </Button>
      )}
    </Panel>
  )
}
