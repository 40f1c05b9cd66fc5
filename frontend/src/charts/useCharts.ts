// The charts of the page: which, in what order, how large. The URL holds all of it.
import { useCallback, useMemo } from 'react'

import { readCharts, writeChart, type ChartChoice } from '../view/chartChoice'
import { useChangeView, useView } from '../view/useView'

export interface Charts {
  charts: readonly ChartChoice[]
  add: (quantity: string) => void
  remove: (quantity: string) => void
  change: (quantity: string, part: Partial<ChartChoice>) => void
}

export function useCharts(byDefault: readonly string[]): Charts {
  const { charts: texts } = useView()
  const changeView = useChangeView()
  const charts = useMemo(() => readCharts(texts ?? byDefault), [texts, byDefault])
  const put = useCallback(
    (next: readonly ChartChoice[]) => {
      const written = next.map(writeChart)
      changeView(({ charts: _, ...view }) => (written.join() === byDefault.join() ? view : { ...view, charts: written }))
    },
    [changeView, byDefault],
  )
  return {
    charts,
    add: (quantity) => {
      put([...charts, { quantity, pinned: false, wide: false }])
    },
    remove: (quantity) => {
      put(charts.filter((chart) => chart.quantity !== quantity))
    },
    change: (quantity, part) => {
      put(charts.map((chart) => (chart.quantity === quantity ? { ...chart, ...part } : chart)))
    },
  }
}
