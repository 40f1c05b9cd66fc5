import { FigureChoice } from '../figures/FigureChoice'
import { FigurePanel } from '../figures/FigurePanel'
import { COSTS } from '../view/urlState'
import { useViewPart } from '../view/useView'

export function CostPanel({ runs }: { runs: readonly number[] }) {
  const [x = 'parameters', setX] = useViewPart('cost')
  return <FigurePanel kind="cost" runs={runs} options={{ x }} actions={<FigureChoice kind="cost" option="x" among={COSTS} value={x} onChoose={setX} />} />
}
