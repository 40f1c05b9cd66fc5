// Tells of runs that end, where that is wanted. Nothing is drawn again for it.
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'

import { useSession } from '../live/hooks'
import { keepView } from '../view/keepView'
import { endings, noticeOf, statuses } from './endings'
import { give } from './give'
import { wish } from './wish'

export function useNotices(): void {
  const { store } = useSession()
  const navigate = useNavigate()
  useEffect(() => {
    let { runs } = store.get()
    let seen = statuses(runs.values())
    return store.subscribe(() => {
      if (store.get().runs === runs) return
      runs = store.get().runs
      const notice = noticeOf(endings(seen, runs.values()))
      seen = statuses(runs.values())
      if (notice === null || wish() !== 'asked for') return
      const { run } = notice
      give(notice, () => {
        void (run === null ? navigate({ to: '/', search: keepView }) : navigate({ to: '/runs/$run', params: { run: String(run) }, search: keepView }))
      })
    })
  }, [store, navigate])
}
