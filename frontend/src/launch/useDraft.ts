// The draft of the open form, and how it changes.
import { useState } from 'react'

import { useDatasets } from '../api/catalog'
import type { PresetCard } from '../api/types'
import { preferredDataset, withNetworks, without, withPreset, type Draft, type Value } from './draft'

export interface DraftState {
  draft: Draft
  change: (part: Partial<Draft>) => void
  setNetworks: (models: readonly string[]) => void
  setPreset: (preset: PresetCard | undefined) => void
  setValue: (field: string, value: Value) => void
  /** Goes back to what the server fills in. */
  reset: (field: string) => void
}

export function useDraft(first: Draft): DraftState {
  const { data: datasets = [] } = useDatasets()
  const [typed, setDraft] = useState(first)
  return {
    draft: { ...typed, dataset: typed.dataset || (preferredDataset(datasets)?.key ?? '') },
    change: (part) => {
      setDraft((draft) => ({ ...draft, ...part }))
    },
    setNetworks: (models) => {
      setDraft((draft) => withNetworks(draft, models))
    },
    setPreset: (preset) => {
      setDraft((draft) => withPreset(draft, preset))
    },
    setValue: (field, value) => {
      setDraft((draft) => ({ ...draft, values: { ...draft.values, [field]: value } }))
    },
    reset: (field) => {
      setDraft((draft) => without(draft, field))
    },
  }
}
