// One field of the spec, drawn by what kind of value it takes, and where its value comes from.
import { NativeSelect, Switch, TextInput } from '@mantine/core'

import { type Field, unset } from '../model/fields'
import classes from './launch.module.css'
import type { Source } from './sources'

interface SettingFieldProps {
  field: Field
  value: string | boolean
  error: string | undefined
  /** Undefined while that is not known. */
  source: Source | undefined
  onChange: (value: string | boolean) => void
}

export function SettingField({ source, ...props }: SettingFieldProps) {
  return (
    <div className={classes.setting}>
      <Input {...props} />
      {source && (
        <span className={classes.source} data-origin={source.origin} title={source.hint}>
          {source.text}
        </span>
      )}
    </div>
  )
}

function Input({ field, value, error, onChange }: Omit<SettingFieldProps, 'source'>) {
  if (typeof value === 'boolean') {
    return (
      <Switch
        className={classes.switch}
        name={field.name}
        label={field.title}
        description={field.help}
        error={error}
        checked={value}
        onChange={(event) => {
          onChange(event.currentTarget.checked)
        }}
      />
    )
  }
  const common = {
    name: field.name,
    label: field.title,
    description: field.help,
    error,
    value,
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
    onChange: (event: { currentTarget: { value: string } }) => {
      onChange(event.currentTarget.value)
    },
  }
  if (field.kind === 'choice') {
    const data = field.choices.map((choice) => ({ value: choice, label: choice.replaceAll('_', ' ') }))
    return <NativeSelect {...common} data={data} />
  }
  return (
    <TextInput
      {...common}
      autoComplete="off"
      inputMode={field.kind === 'number' ? 'decimal' : 'text'}
      placeholder={field.nullable ? unset(field.name) : ''}
    />
  )
}
