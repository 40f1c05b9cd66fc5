// A setting that varies among the duplicated runs: each of its values is launched.
import { TextInput } from '@mantine/core'

import { written } from '../model/attributes'
import type { Field } from '../model/fields'
import ui from '../ui/ui.module.css'

interface CarriedFieldProps {
  field: Field
  values: readonly unknown[]
  error: string | undefined
  onReset: () => void
}

export function CarriedField({ field, values, error, onReset }: CarriedFieldProps) {
  return (
    <TextInput
      name={field.name}
      label={field.title}
      description={
        <>
          Each of these values, as in the duplicated runs.{' '}
          <button type="button" className={ui.textButton} onClick={onReset}>
            Set one value
          </button>
        </>
      }
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      error={error}
      value={values.map((value) => written(field.name, value)).join(' · ')}
      readOnly
    />
  )
}
