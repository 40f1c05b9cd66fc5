import { NativeSelect } from '@mantine/core'

import { useDatasets } from '../api/catalog'
import type { DatasetCard } from '../api/types'
import { whole } from '../lib/format'

interface DatasetFieldProps {
  value: string
  error: string | undefined
  onChange: (dataset: string) => void
}

export function DatasetField({ value, error, onChange }: DatasetFieldProps) {
  const { data = [] } = useDatasets()
  const card = data.find(({ key }) => key === value)
  const offered = data.map(({ key, label, available }) => ({ value: key, label: available ? label : `${label} (not downloaded)` }))
  // A browser would show the first one in its place.
  const gone = value === '' || card || data.length === 0 ? [] : [{ value, label: `${value} (not available)` }]
  return (
    <NativeSelect
      name="dataset"
      label="Data set"
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      description={card && facts(card)}
      error={error}
      value={value}
      data={[...offered, ...gone]}
      onChange={(event) => {
        onChange(event.currentTarget.value)
      }}
    />
  )
}

function facts({ train_images: train, val_images: val, test_images: test, classes, available, needs, source }: DatasetCard): string {
  const parts = [
    train && test && `${whole(train)} training${val ? `, ${whole(val)} validation` : ''} and ${whole(test)} test images.`,
    classes && `${classes.length} classes.`,
    needs && `The first run needs ${needs}.`,
    !available && source,
  ]
  return parts.filter(Boolean).join(' ')
}
