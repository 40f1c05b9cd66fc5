// Shows the page, or the form that asks for the token.
import { useSyncExternalStore, type ReactNode } from 'react'

import { isShut, subscribe } from './token'
import { SignIn } from './SignIn'

export function Door({ children }: { children: ReactNode }) {
  return useSyncExternalStore(subscribe, isShut) ? <SignIn /> : children
}
