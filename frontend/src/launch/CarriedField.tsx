// A field whose values the cloned runs bring along, several or such as the form would not send: each is launched.
import { TextInput } from '@mantine/core'

import { written } from '../model/attributes'
import type { Field } from '../model/fields'
import ui from '../ui/ui.module.css'

interface CarriedFieldProps {
  field: Field
  values: readonly unknown[]
  error: string | undefined
  onDrop: () => void
}

export function CarriedField({ field, values, error, onDrop }: CarriedFieldProps) {
  return (
    <TextInput
      name={field.name}
      label={field.title}
      description={
        <>
          {values.length > 1 ? 'Each of these, as in the cloned runs.' : 'As in the cloned runs, for every network.'}{' '}
          <button type="button" className={ui.textButton} onClick={onDrop}>
            Set it here
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
