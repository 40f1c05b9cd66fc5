import { ActionIcon } from '@mantine/core'

import { EyeIcon, EyeOffIcon } from '../ui/icons'
import { useSelection } from '../view/useView'
import { useListed } from './useListed'

/** More curves than these in one chart tell nobody anything. */
const MOST_SHOWN = 60

export function ShowAll() {
  const { runs } = useListed()
  const { shown, show } = useSelection()
  const some = shown.length > 0
  const listed = runs.slice(0, MOST_SHOWN)
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={some ? 'Hide all runs from the charts' : 'Show all runs in the charts'}
      title={some ? 'Hide all' : listed.length < runs.length ? `Show the first ${MOST_SHOWN}` : 'Show all'}
      onClick={() => {
        show(some ? [] : listed.map(({ id }) => id).sort((a, b) => a - b))
      }}
    >
      {some ? <EyeIcon size={16} /> : <EyeOffIcon size={16} />}
    </ActionIcon>
  )
}
