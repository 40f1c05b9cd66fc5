// React's view of the live session.
import { createContext, use, useSyncExternalStore } from 'react'

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

export function useLab(): Lab {
  const { store } = useSession()
  return useSyncExternalStore(store.subscribe, store.get)
}
