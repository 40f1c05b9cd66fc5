// Whether the server requires a token, and signing in with one from the URL or the form.
import { answer, api } from '../api/client'

let shut = false
const listeners = new Set<() => void>()

/** The first request of any kind detects an expired cookie. */
api.use({
  onResponse({ request, response, schemaPath }) {
    // What the form itself has tried is told there.
    const tried = schemaPath === '/api/v1/session' && request.method === 'POST'
    if (response.status !== 401 || tried) return
    shut = true
    for (const listener of listeners) listener()
  },
})

export const isShut = (): boolean => shut

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Changes the token for a cookie. Throws Problem. */
export async function signIn(token: string): Promise<void> {
  await answer(api.POST('/api/v1/session', { body: { token } }))
}

const IN_ADDRESS = '#token='

/** Takes the token out of an address such as `…/#token=…`, which the lab prints at its first start. */
export async function signInByAddress(): Promise<void> {
  const { hash, pathname, search } = window.location
  if (!hash.startsWith(IN_ADDRESS)) return
  history.replaceState(null, '', pathname + search)
  // A token that is refused leads to the form, as no token does.
  await signIn(decodeURIComponent(hash.slice(IN_ADDRESS.length))).catch(() => undefined)
}
