// Every request of the page goes through here: typed by the OpenAPI document, failing with a Problem.
import createClient from 'openapi-fetch'

import { noAnswer, problemFrom } from './problem'
import { ROOT } from './root'
import type { paths } from './schema'

export const api = createClient<paths>({ baseUrl: ROOT.href })

export const EVENTS_URL = new URL('api/v1/events', ROOT)

const EVENT_ID_HEADER = 'Skiplab-Event-Id'

export interface Answer<T> {
  data: T
  /** The id of the last event that the answer already contains; null where the server names none. */
  eventId: number | null
  /** Time of the response by the server's clock, in ms; null if unknown. */
  at: number | null
}

interface Call<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Waits for a call and unwraps it. Throws Problem. */
export async function answer<T>(call: Promise<Call<T>>): Promise<Answer<T>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw noAnswer(cause)
  })
  if (!response.ok || data === undefined) throw problemFrom(response.status, error, numberIn(response, 'Retry-After'))
  return { data, eventId: numberIn(response, EVENT_ID_HEADER), at: timeIn(response) }
}

/** A call whose answer has no body. Throws Problem. */
export async function done(call: Promise<{ error?: unknown; response: Response }>): Promise<void> {
  await answer(call.then(({ error, response }) => ({ data: true, error, response })))
}

function numberIn({ headers }: Response, name: string): number | null {
  const value = headers.get(name)
  return value === null ? null : Number(value)
}

function timeIn({ headers }: Response): number | null {
  const at = Date.parse(headers.get('Date') ?? '')
  return Number.isNaN(at) ? null : at
}
