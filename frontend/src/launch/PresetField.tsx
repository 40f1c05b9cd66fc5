// The preset that sets fields of the run, with its source.
import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { PresetCard } from '../api/types'

interface PresetFieldProps {
  /** A preset's key; empty for none. */
  value: string
  onChange: (preset: PresetCard | undefined) => void
}

export function PresetField({ value, onChange }: PresetFieldProps) {
  const { data: presets = [] } = useQuery({
    queryKey: ['presets'],
    queryFn: async () => (await answer(api.GET('/api/v1/presets'))).data.items,
    staleTime: Infinity,
  })
  return (
    <NativeSelect
      name="preset"
      label="Preset"
      description={presets.find(({ key }) => key === value)?.source ?? 'Sets the fields below; each can still be changed.'}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={value}
      data={[{ value: '', label: 'Defaults' }, ...presets.map(({ key, label }) => ({ value: key, label }))]}
      onChange={({ currentTarget: { value: preset } }) => {
        onChange(presets.find(({ key }) => key === preset))
      }}
    />
  )
}
