import { NativeSelect } from '@mantine/core'
import { useState } from 'react'

import { FigurePanel } from '../figures/FigurePanel'

const COSTS = [
  { value: 'parameters', label: 'parameters' },
  { value: 'flops', label: 'FLOPs' },
  { value: 'seconds', label: 'seconds an epoch' },
] as const

type Cost = (typeof COSTS)[number]['value']

export function CostPanel({ runs }: { runs: readonly number[] }) {
  const [x, setX] = useState<Cost>('parameters')
  return (
    <FigurePanel
      kind="cost"
      title="Accuracy against cost"
      runs={runs}
      options={{ x }}
      help="On the line, no other network is both better and cheaper."
      actions={
        <NativeSelect
          size="xs"
          aria-label="Cost"
          value={x}
          data={[...COSTS]}
          onChange={({ currentTarget: { value } }) => {
            setX(value as Cost)
          }}
        />
      }
    />
  )
}
