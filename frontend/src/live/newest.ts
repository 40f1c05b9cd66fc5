// When the newest of the points was measured. Pure.

/**
 * The later of `known` and these times, in ms; a time that cannot be read counts for nothing. By the lab's clock, which
 * may be ahead of this machine's `now`: a point is never from the future, or a run could hang for as long unnoticed.
 */
export function newest(known: number | null, times: readonly (string | undefined)[], now: number): number | null {
  const found = times.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time))
  if (found.length === 0) return known
  return Math.max(known ?? -Infinity, Math.min(now, Math.max(...found)))
}
