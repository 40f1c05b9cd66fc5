import { defaultOf } from '../api/figures'
import type { Cost } from '../api/types'
import { FigureChoice } from '../figures/FigureChoice'
import { FigurePanel } from '../figures/FigurePanel'
import { useViewPart } from '../view/useView'

export function CostPanel({ runs }: { runs: readonly number[] }) {
  const [x = defaultOf('cost', 'x') as Cost, setX] = useViewPart('cost')
  return <FigurePanel kind="cost" runs={runs} options={{ x }} actions={<FigureChoice kind="cost" option="x" value={x} onChoose={setX} />} />
}
