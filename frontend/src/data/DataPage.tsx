// The data sets: what is in them, and whether they are here already.
import { Badge, Code, Skeleton, Text } from '@mantine/core'

import { useDatasets } from '../api/catalog'
import { asProblem } from '../api/problem'
import type { DatasetCard } from '../api/types'
import { whole } from '../ui/format'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import classes from './data.module.css'

export function DataPage() {
  const { data, error, refetch } = useDatasets()
  if (error) return <RequestError wanted="load the data sets" problem={asProblem(error)} onRetry={() => void refetch()} />
  return (
    <main className={classes.page}>
      {data === undefined && <Skeleton height={300} radius="md" />}
      {data?.length === 0 && (
        <Text size="sm" c="dimmed" p="md">
          No worker has said yet which data sets it has. The list fills as soon as one starts.
        </Text>
      )}
      {data?.map((card) => <DataCard key={card.key} card={card} />)}
      {data && (
        <Panel title="Own images">
          <div className={classes.body}>
            <Text size="sm">
              A folder or zip of <Code>train/&lt;class&gt;/*.png</Code> and <Code>test/&lt;class&gt;/*.png</Code> becomes a data set:
            </Text>
            <Code block>.venv/bin/skiplab data import flowers ~/flowers.zip</Code>
          </div>
        </Panel>
      )}
    </main>
  )
}

function DataCard({ card }: { card: DatasetCard }) {
  const { key, label, available, source, train_images: train, test_images: test, image_shape: shape } = card
  const [channels, height, width] = shape ?? []
  return (
    <Panel
      title={label}
      aside={<Text size="xs" c="dimmed">{key}</Text>}
      actions={<Badge variant="light" color={available ? 'teal' : 'gray'} tt="none" className={classes.badge ?? ''}>{available ? 'here' : 'to download'}</Badge>}
    >
      <div className={classes.body}>
        <Text size="sm">
          {train && test
            ? `${whole(train)} images to train on, ${whole(test)} to test on${height ? `, ${width} × ${height}, ${channels === 1 ? 'grey' : 'in colour'}` : ''}.`
            : 'Counted when it is here: the first run on it downloads it.'}
        </Text>
        <Text size="sm" c="dimmed">
          {source}
        </Text>
        <Counts card={card} />
      </div>
    </Panel>
  )
}

/** How many images each class has, as bars: a lopsided set is seen at once. */
function Counts({ card: { classes: names, train_counts: train, test_counts: test } }: { card: DatasetCard }) {
  if (!names || names.length === 0) return null
  if (!train || names.length > 30) {
    return (
      <Text size="xs" c="dimmed">
        {names.length} classes: {names.slice(0, 30).join(', ')}
        {names.length > 30 && ', …'}
      </Text>
    )
  }
  const most = Math.max(1, ...train)
  return (
    <ul className={classes.counts} aria-label="Training images of each class">
      {names.map((name, place) => (
        <li key={name}>
          <span className={classes.className}>{name}</span>
          <span className={classes.bar} style={{ '--share': `${(100 * (train[place] ?? 0)) / most}%` } as React.CSSProperties} />
          <span className={classes.count}>
            {whole(train[place] ?? 0)}
            {test && ` + ${whole(test[place] ?? 0)}`}
          </span>
        </li>
      ))}
    </ul>
  )
}
