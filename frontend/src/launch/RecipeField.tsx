// The recipe that fills the settings, with its source.
import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { PresetCard } from '../api/types'

const NONE: readonly PresetCard[] = []

export function useRecipes(): readonly PresetCard[] {
  const { data = NONE } = useQuery({
    queryKey: ['presets'],
    queryFn: async () => (await answer(api.GET('/api/v1/presets'))).data.items,
    staleTime: Infinity,
  })
  return data
}

interface RecipeFieldProps {
  recipes: readonly PresetCard[]
  value: string
  onChange: (preset: string) => void
}

export function RecipeField({ recipes, value, onChange }: RecipeFieldProps) {
  return (
    <NativeSelect
      name="preset"
      label="Recipe"
      description={recipes.find(({ key }) => key === value)?.source ?? 'Fills the settings below; each can still be changed.'}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={value}
      data={[{ value: '', label: 'the defaults' }, ...recipes.map(({ key, label }) => ({ value: key, label }))]}
      onChange={({ currentTarget: { value: preset } }) => {
        onChange(preset)
      }}
    />
  )
}
