// Notifies of runs that finish or fail, if the user wants that. Renders nothing.
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'

import { useSession } from '../live/hooks'
import { keepView } from '../view/keepView'
import { endings, noticeOf, statuses } from './endings'
import { notify } from './notify'
import { notificationPreference } from './preference'

export function useNotifications(): void {
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
      if (notice === null || notificationPreference() !== 'on') return
      const { run } = notice
      notify(notice, () => {
        void (run === null ? navigate({ to: '/', search: keepView }) : navigate({ to: '/runs/$run', params: { run: String(run) }, search: keepView }))
      })
    })
  }, [store, navigate])
}
