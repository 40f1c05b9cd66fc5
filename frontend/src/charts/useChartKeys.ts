// Keys for all charts at once: `l` for logarithmic axes, `s` for smoothing.
import { scaleOf } from '../model/quantities'
import { useKeys } from '../ui/useKeys'
import type { ChartChoice } from '../view/chartChoice'
import { useViewPart } from '../view/useView'

/** Enough to see a trend, little enough to see when it turns. */
const SMOOTHING = 0.6

/** A maximised chart is one of them: there, the keys go on to work. */
export function useChartKeys(charts: readonly ChartChoice[]): void {
  const [log = [], setLog] = useViewPart('log')
  const [smooth, setSmooth] = useViewPart('smooth')
  const able = charts.map(({ quantity }) => quantity).filter((quantity) => scaleOf(quantity) === 'positive')
  useKeys([
    ['l', () => { setLog(able.every((quantity) => log.includes(quantity)) ? undefined : able) }],
    ['s', () => { setSmooth(smooth === undefined ? SMOOTHING : undefined) }],
  ], '[data-chart]')
}
