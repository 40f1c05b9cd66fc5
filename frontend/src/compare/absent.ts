// The message about selected runs that do not exist. Pure.
const listing = new Intl.ListFormat('en')

/** `Runs 999 and 1000 are not in this lab`; empty where none is missing. */
export function absent(missing: readonly number[]): string {
  if (missing.length === 0) return ''
  return `${missing.length === 1 ? 'Run' : 'Runs'} ${listing.format(missing.map(String))} ${missing.length === 1 ? 'is' : 'are'} not in this lab: deleted, or from another lab.`
}
