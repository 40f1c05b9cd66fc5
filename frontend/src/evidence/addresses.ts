import { ROOT } from '../api/root'
import { queryOf, type Asked } from './asked'

/** The address of a file of these runs, for links and downloads. */
export function addressOf(file: string, asked: Asked, target?: number): string {
  const url = new URL(`api/v1/${file}`, ROOT)
  for (const [name, value] of Object.entries({ ...queryOf(asked), ...(target !== undefined && { target }) })) url.searchParams.set(name, String(value))
  return url.href
}
