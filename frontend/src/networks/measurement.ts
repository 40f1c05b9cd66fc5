// The state of a network's measurement while it has no numbers. Pure.
import type { Errand, ModelDetails } from '../api/types'
import { isOpen } from '../errands/words'

type Card = Pick<ModelDetails, 'inspecting' | 'error' | 'origin'>

/** `loading`: measured, and the card is loading. `failed`: the card has an error, and no measurement is pending. */
export type Measurement = 'inspecting' | 'loading' | 'failed' | 'pending'

/** `isLoading`: the card is being loaded again. */
export function measurementOf({ inspecting, error }: Card, errand: Pick<Errand, 'status'> | undefined, isLoading: boolean): Measurement {
  if (inspecting) return 'inspecting'
  if (errand?.status === 'done' && isLoading) return 'loading'
  return error != null && !(errand && isOpen(errand)) ? 'failed' : 'pending'
}

/** Errands measure torchvision's networks only: workers measure built-in ones, and plugins', when they start. */
export const canRetry = ({ origin }: Card): boolean => origin === 'torchvision'
