// The settings of a run: those that most launches set, and the others one click further.
import { Button, Collapse } from '@mantine/core'

import { useNetworkName } from '../api/catalog'
import { FIELDS, isFirst } from '../model/fields'
import { CarriedField } from './CarriedField'
import { untouched, type SpecDefaults } from './defaults'
import { settingFields } from './draft'
import classes from './launch.module.css'
import { SettingField } from './SettingField'
import type { DraftState } from './useDraft'

const SETTINGS = settingFields(FIELDS)
const MAIN_FIELDS = SETTINGS.filter(({ name }) => isFirst(name))
const MORE_FIELDS = SETTINGS.filter(({ name }) => !isFirst(name))

/** Whether one of these is behind the fold. */
export const isFolded = (names: Iterable<string>): boolean => {
  const wanted = new Set(names)
  return MORE_FIELDS.some(({ name }) => wanted.has(name))
}

interface SettingsProps {
  state: DraftState
  defaults: readonly SpecDefaults[]
  /** Of fields by name. */
  errors: Readonly<Record<string, string>>
  open: boolean
  onOpen: (open: boolean) => void
}

export function Settings({ open, onOpen, ...props }: SettingsProps) {
  return (
    <>
      <Fields {...props} fields={MAIN_FIELDS} />
      <Button
        variant="subtle"
        size="compact-sm"
        className={classes.fold}
        aria-expanded={open}
        onClick={() => {
          onOpen(!open)
        }}
      >
        {open ? 'Fewer settings' : `More settings (${MORE_FIELDS.length})`}
      </Button>
      {/* At once: what is still unfolding can have no focus. */}
      <Collapse expanded={open} transitionDuration={0}>
        <Fields {...props} fields={MORE_FIELDS} />
      </Collapse>
    </>
  )
}

function Fields({ fields, state, defaults, errors }: Omit<SettingsProps, 'open' | 'onOpen'> & { fields: typeof SETTINGS }) {
  const networkName = useNetworkName()
  const { carried, values } = state.draft
  return (
    <div className={classes.fields}>
      {fields.map((field) => {
        const { name } = field
        const common = { field, error: errors[name], onReset: () => { state.reset(name) } }
        const several = carried[name]
        return several ? <CarriedField key={name} {...common} values={several} /> : (
          <SettingField
            key={name}
            {...common}
            value={values[name]}
            untouched={untouched(name, defaults, networkName)}
            onChange={(value) => {
              state.setValue(name, value)
            }}
          />
        )
      })}
    </div>
  )
}
