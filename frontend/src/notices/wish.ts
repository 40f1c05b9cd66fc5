// Whether this browser's user wants notices, and whether the browser lets the page give any.
import { useSyncExternalStore } from 'react'

const KEY = 'skiplab-notices'

/** `asked for`: given from now on. `refused`: the browser says no. `impossible`: it has none for such an address. */
export type Wish = 'not asked for' | 'asked for' | 'refused' | 'impossible'

const listeners = new Set<() => void>()

export function wish(): Wish {
  // Browsers have them only over HTTPS and on the machine itself.
  if (!('Notification' in window) || !window.isSecureContext) return 'impossible'
  if (Notification.permission === 'denied') return 'refused'
  return wanted() && Notification.permission === 'granted' ? 'asked for' : 'not asked for'
}

/** A browser asks its user only at a click. */
export async function setWish(on: boolean): Promise<void> {
  if (on) await Notification.requestPermission()
  try {
    if (on) localStorage.setItem(KEY, '1')
    else localStorage.removeItem(KEY)
  } catch {
    // Storage is blocked: there is nowhere to keep the wish.
  }
  for (const listener of listeners) listener()
}

export const useWish = (): Wish => useSyncExternalStore(subscribe, wish)

function wanted(): boolean {
  try {
    return localStorage.getItem(KEY) === '1'
  } catch {
    return false
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // Another tab may have changed it.
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}
