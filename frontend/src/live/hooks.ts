// React's view of the live session.
import { createContext, use, useSyncExternalStore } from 'react'

import type { EventType } from '../api/events'
import type { Session, SessionState } from './session'
import type { Lab } from './store'

export const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = use(SessionContext)
  if (session === null) throw new Error('No live session above this component.')
  return session
}

export function useSessionState(): SessionState {
  const session = useSession()
  return useSyncExternalStore(session.subscribe, session.get)
}

/** One part of it: re-renders on its changes only. */
export function useSessionPart<Name extends keyof SessionState>(name: Name): SessionState[Name] {
  const session = useSession()
  return useSyncExternalStore(session.subscribe, () => session.get()[name])
}

/** A value selected from it, compared by identity: re-renders on its changes only. */
export function useLabValue<T>(select: (lab: Lab) => T): T {
  const { store } = useSession()
  return useSyncExternalStore(store.subscribe, () => select(store.get()))
}

/** One part of the store's state: re-renders on its changes only. */
export function useLabPart<Name extends keyof Lab>(name: Name): Lab[Name] {
  return useLabValue((lab) => lab[name])
}

/** How many events of a type have arrived that the store keeps nothing of: part of a query's key, it loads again after each. */
export function useEventCount(type: EventType): number {
  return useLabValue(({ counts }) => counts.get(type) ?? 0)
}

/** Whether any worker is online; true until the workers are known. */
export function useAnyWorker(): boolean {
  const loaded = useSessionPart('loaded')
  const online = useLabValue(({ workers }) => [...workers.values()].some((worker) => worker.online))
  return online || !loaded
}
