// One field of the spec: an input for its kind of value, and where the value comes from.
import { NativeSelect, Switch, TextInput } from '@mantine/core'

import { choiceLabel, unset, type Field } from '../model/fields'
import classes from './launch.module.css'
import type { Untouched } from './defaults'

interface SettingFieldProps {
  field: Field
  /** As typed; undefined while nobody has set the field. */
  value: string | boolean | undefined
  /** What it holds until then; undefined while that is not known. */
  untouched: Untouched | undefined
  error: string | undefined
  onChange: (value: string | boolean) => void
  onReset: () => void
}

export function SettingField({ field, value, untouched, error, onChange, onReset }: SettingFieldProps) {
  return (
    <div className={classes.setting}>
      <Input field={field} value={value ?? untouched?.value ?? field.initial} error={error} onChange={onChange} />
      {value !== undefined ? (
        <button type="button" className={classes.source} data-origin="given" aria-label={`Modified: reset ${field.title}`} title="Modified. Click to reset." onClick={onReset}>
          Modified
        </button>
      ) : untouched && (
        <span className={classes.source} data-origin={untouched.origin} title={untouched.hint}>
          {untouched.text}
        </span>
      )}
    </div>
  )
}

interface InputProps {
  field: Field
  value: string | boolean
  error: string | undefined
  onChange: (value: string | boolean) => void
}

function Input({ field, value, error, onChange }: InputProps) {
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
    const data = field.choices.map((choice) => ({ value: choice, label: choiceLabel(field.name, choice) }))
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
