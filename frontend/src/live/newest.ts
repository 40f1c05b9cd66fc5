// When the newest of the points was measured. Pure.

/**
 * The later of `known` and these times, in ms by this machine's clock; a time that cannot be read counts for nothing. The
 * times are by the lab's clock, which is `ahead` ms of this machine's. That is not known to the millisecond: a point is
 * never from the future, or a run could hang for as long unnoticed.
 */
export function newest(known: number | null, times: readonly (string | undefined)[], now: number, ahead = 0): number | null {
  const found = times.map((time) => Date.parse(time ?? '') - ahead).filter((time) => !Number.isNaN(time))
  if (found.length === 0) return known
  return Math.max(known ?? -Infinity, Math.min(now, Math.max(...found)))
}
