import { NativeSelect } from '@mantine/core'

import { FigurePanel } from '../figures/FigurePanel'
import { COSTS, type Cost } from '../view/urlState'
import { useViewPart } from '../view/useView'

const WORDS: Readonly<Record<Cost, string>> = {
  parameters: 'parameters',
  flops: 'FLOPs',
  seconds: 'training time',
}

export function CostPanel({ runs }: { runs: readonly number[] }) {
  const [x = 'parameters', setX] = useViewPart('cost')
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
          data={COSTS.map((value) => ({ value, label: WORDS[value] }))}
          onChange={({ currentTarget: { value } }) => {
            setX(value as Cost)
          }}
        />
      }
    />
  )
}
