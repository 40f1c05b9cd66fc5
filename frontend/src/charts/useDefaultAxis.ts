// The x axis where the address names none: epochs, or steps where runs are logged without epochs.
import { NO_COLUMNS } from '../live/columns'
import { useLabValue } from '../live/hooks'
import type { XAxis } from '../view/urlState'
import { isWithoutEpochs } from './axes'

export function useDefaultAxis(shown: readonly number[]): XAxis {
  return useLabValue(({ columns }) => (shown.some((run) => [...(columns.get(run) ?? NO_COLUMNS).values()].some(isWithoutEpochs)) ? 'step' : 'epoch'))
}
