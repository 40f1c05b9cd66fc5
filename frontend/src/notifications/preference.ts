// Whether this browser notifies: what its user has chosen, and what the browser permits.
import { useSyncExternalStore } from 'react'

const KEY = 'skiplab-notices'

/** `denied`: the browser refuses. `unavailable`: it has no notifications for such an address. */
export type Preference = 'off' | 'on' | 'denied' | 'unavailable'

const listeners = new Set<() => void>()

export function notificationPreference(): Preference {
  // Browsers have them only over HTTPS and on localhost.
  if (!('Notification' in window) || !window.isSecureContext) return 'unavailable'
  if (Notification.permission === 'denied') return 'denied'
  return isStored() && Notification.permission === 'granted' ? 'on' : 'off'
}

/** Call it from a click: browsers ask for permission at no other time. */
export async function setNotifications(on: boolean): Promise<void> {
  if (on) await Notification.requestPermission()
  try {
    if (on) localStorage.setItem(KEY, '1')
    else localStorage.removeItem(KEY)
  } catch {
    // Storage is blocked: the choice cannot be kept.
  }
  for (const listener of listeners) listener()
}

export const useNotificationPreference = (): Preference => useSyncExternalStore(subscribe, notificationPreference)

function isStored(): boolean {
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
