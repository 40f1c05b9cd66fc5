import { ActionIcon } from '@mantine/core'

import { useSelection } from '../model/selection'
import { EyeIcon, EyeOffIcon } from '../ui/icons'
import { plottable } from './plottable'
import { useListed } from './useListed'

export function ShowAll() {
  const { runs } = useListed()
  const { shown, show } = useSelection()
  const some = shown.length > 0
  const { ids, which } = plottable(runs)
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={some ? 'Hide all runs from charts' : `Show ${which} runs in charts`}
      title={some ? 'Hide all' : `Show ${which}`}
      onClick={() => {
        show(some ? [] : ids)
      }}
    >
      {some ? <EyeIcon size={16} /> : <EyeOffIcon size={16} />}
    </ActionIcon>
  )
}
