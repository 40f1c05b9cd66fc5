// Tells of runs that end, where that is wanted.
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

import type { Status } from '../api/types'
import { useLab } from '../live/hooks'
import { keepView } from '../view/keepView'
import { endings, noticeOf } from './endings'
import { wish } from './wish'

export function useNotices(): void {
  const { runs } = useLab()
  const navigate = useNavigate()
  const seen = useRef<ReadonlyMap<number, Status>>(new Map())
  useEffect(() => {
    const notice = noticeOf(endings(seen.current, runs.values()))
    seen.current = new Map([...runs.values()].map(({ id, status }) => [id, status]))
    if (notice === null || wish() !== 'asked for') return
    const { title, body, run, tag } = notice
    const shown = new Notification(title, { body, tag, icon: new URL('favicon.svg', document.baseURI).href })
    shown.onclick = () => {
      window.focus()
      void (run === null ? navigate({ to: '/', search: keepView }) : navigate({ to: '/runs/$run', params: { run: String(run) }, search: keepView }))
    }
  }, [runs, navigate])
}
