// What becomes of a name that a data set has already.
import { useDatasetCard } from '../api/catalog'

/** Undefined for one that is free. */
export function useTaken(key: string): string | undefined {
  const card = useDatasetCard(key.trim())
  if (card === undefined || card.plugin != null || card.provenance === 'generated') return undefined
  return card.version == null ? `This takes the place of ${card.label} as it is published.` : `${card.label} is here: this becomes its version ${card.version + 1}, which new runs train on.`
}
