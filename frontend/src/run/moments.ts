// Epochs with a confusion matrix as positions of a slider. Pure.

/** An epoch; undefined for the newest, whichever that is. */
export type Moment = number | undefined

export const momentAt = (epochs: readonly number[], place: number): Moment => (place === epochs.length - 1 ? undefined : epochs[place])

/** By the requested epoch, not the loaded one: a second step starts from the first one's target. */
export function placeOf(epochs: readonly number[], wanted: Moment, answered: number): number {
  const place = wanted === undefined ? epochs.length - 1 : epochs.indexOf(wanted)
  return Math.max(0, place === -1 ? epochs.indexOf(answered) : place)
}
