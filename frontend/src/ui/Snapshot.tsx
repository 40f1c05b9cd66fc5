// Around lists of runs or workers: before the first snapshot it is unknown whether there are any.
import type { ReactNode } from 'react'

import { useSession, useSessionPart } from '../live/hooks'
import { Guard } from './Guard'

interface SnapshotProps {
  wanted: string
  waiting: ReactNode
  children: () => ReactNode
}

export function Snapshot({ children, ...words }: SnapshotProps) {
  const session = useSession()
  const loaded = useSessionPart('loaded')
  const problem = useSessionPart('problem')
  return (
    <Guard {...words} found={loaded || undefined} problem={loaded ? null : problem} onRetry={session.start}>
      {children}
    </Guard>
  )
}
