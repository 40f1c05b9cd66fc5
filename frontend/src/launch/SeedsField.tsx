// The seeds: each is a run of its own, and only several of them can show that networks differ.
import { TextInput } from '@mantine/core'

import { FIELDS } from '../model/fields'
import ui from '../ui/ui.module.css'
import { COMPARING, parseSeeds } from './seeds'

const SEED = FIELDS.find(({ name }) => name === 'seed')

interface SeedsFieldProps {
  value: string
  /** Several networks are chosen: this is a comparison. */
  comparing: boolean
  error?: string | undefined
  onChange: (seeds: string) => void
}

export function SeedsField({ value, comparing, error, onChange }: SeedsFieldProps) {
  const planned = parseSeeds(COMPARING).length
  return (
    <TextInput
      name="seed"
      label={SEED?.title ?? 'Seed'}
      description={
        <>
          {SEED?.help} Multiple: 0, 1, 2 or {COMPARING}.
          {comparing && parseSeeds(value).length < planned && (
            <>
              {' '}
              <button type="button" className={ui.textButton} onClick={() => { onChange(COMPARING) }}>
                Use {planned} seeds (recommended for comparisons)
              </button>
            </>
          )}
        </>
      }
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      autoComplete="off"
      error={error}
      value={value}
      onChange={({ currentTarget }) => {
        onChange(currentTarget.value)
      }}
    />
  )
}
