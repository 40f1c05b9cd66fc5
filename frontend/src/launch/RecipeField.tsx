// The recipe that sets fields of the run, with its source.
import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { PresetCard } from '../api/types'

interface RecipeFieldProps {
  /** A recipe's key; empty for none. */
  value: string
  onChange: (recipe: PresetCard | undefined) => void
}

export function RecipeField({ value, onChange }: RecipeFieldProps) {
  const { data: recipes = [] } = useQuery({
    queryKey: ['presets'],
    queryFn: async () => (await answer(api.GET('/api/v1/presets'))).data.items,
    staleTime: Infinity,
  })
  return (
    <NativeSelect
      name="preset"
      label="Recipe"
      description={recipes.find(({ key }) => key === value)?.source ?? 'Sets the fields below; each can still be changed.'}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={value}
      data={[{ value: '', label: 'Defaults' }, ...recipes.map(({ key, label }) => ({ value: key, label }))]}
      onChange={({ currentTarget: { value: preset } }) => {
        onChange(recipes.find(({ key }) => key === preset))
      }}
    />
  )
}
