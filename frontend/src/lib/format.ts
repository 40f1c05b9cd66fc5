// Numbers and times as people read them, by the browser's locale.

const percents = new Intl.NumberFormat(undefined, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const wholes = new Intl.NumberFormat()
const tenths = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 })
const shorts = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 })

const decimals = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 })
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

export const number = (value: number): string => (value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2) : decimals.format(value))

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** In binary units, as the server's messages (skiplab/contract/sizes.py): one decimal below 10, none of a whole number or from 10 on. */
export function bytes(size: number): string {
  let [count, unit] = [size, 0]
  while (Math.round(count) >= 1024 && unit < UNITS.length - 1) [count, unit] = [count / 1024, unit + 1]
  return `${count < 10 ? tenths.format(count) : Math.round(count)} ${UNITS[unit] ?? ''}`
}

/** With a capital first letter, as a title or a sentence begins. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const dateTime = (iso: string): string => moments.format(new Date(iso))

/** With seconds: for what may follow within a minute. */
export const exactTime = (iso: string): string => exact.format(new Date(iso))

export const percent = (fraction: number): string => percents.format(fraction)

/** A round share such as a target: `60%`, `62.5%`. */
export const percentOf = (share: number): string => `${number(100 * share)}%`

export const whole = (count: number): string => wholes.format(count)

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P']

/** 11,173,962 as 11.2 M, with a unit as 11.2 MFLOPs, with SI prefixes in every locale. */
export function short(count: number, unit = ''): string {
  // Rounded first: 999,950 is 1 M.
  const rounded = Number(count.toPrecision(3))
  const power = Math.min(PREFIXES.length - 1, Math.floor(Math.log10(Math.max(1, rounded)) / 3))
  return [shorts.format(rounded / 1000 ** power), `${PREFIXES[power] ?? ''}${unit}`].filter(Boolean).join('\u00a0')
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`
}

/** Two units at most: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds))
  if (total < 60) return `${total} s`
  const minutes = Math.floor(total / 60)
  if (minutes < 60) return total % 60 === 0 || minutes >= 10 ? `${minutes} min` : `${minutes} min ${total % 60} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** With the full stop that ends it, where it has no mark of its own. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text.trimEnd()) ? text.trimEnd() : `${text.trimEnd()}.`)
