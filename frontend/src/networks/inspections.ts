// How far the inspection of plugins is: their networks and data sets are shown while it lasts.
import type { DatasetCard, ModelCard } from '../api/types'

interface Inspections {
  /** Plugins that are inspected now or wait for it. */
  left: number
  of: number
}

export function inspections(models: readonly ModelCard[], datasets: readonly DatasetCard[]): Inspections {
  const own = models.filter(({ origin }) => origin === 'plugin')
  const cards = [...own.map(({ source, inspecting }) => ({ plugin: source, inspecting })), ...datasets]
  const plugins = (wanted: boolean) => new Set(cards.filter(({ plugin, inspecting }) => plugin != null && (inspecting || !wanted)).map(({ plugin }) => plugin))
  return { left: plugins(true).size, of: plugins(false).size }
}
