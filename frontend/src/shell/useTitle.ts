// The window's title: the page, and the progress of running runs, which a background tab shows as well.
import { useMatches, useParams } from '@tanstack/react-router'
import { useEffect } from 'react'

import { useLabValue } from '../live/hooks'
import { titleOf } from './pages'
import { shareOf } from './progress'

export function useTitle(): void {
  const route = useMatches({ select: (matches) => matches.at(-1)?.routeId })
  const params = useParams({ strict: false })
  const open = params.run === undefined ? undefined : Number(params.run)
  const share = useLabValue(({ runs }) => shareOf(runs.values(), open))
  const name = useLabValue(({ runs }) => runs.get(open ?? NaN)?.name)
  const title = titleOf({ route, params }, name, share)
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    drawIcon(share)
  }, [share])
}

/** A ring around the mark's colour; the plain mark while nothing runs. */
function drawIcon(share: number | null): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  if (link === null) return
  link.dataset.plain ??= link.href
  if (share === null) {
    link.href = link.dataset.plain
    return
  }
  const around = 2 * Math.PI * 12
  const ring = `<circle cx="16" cy="16" r="12" fill="none" stroke="#ffb38a" stroke-width="5" stroke-dasharray="${(around * share) / 100} ${around}" transform="rotate(-90 16 16)"/>`
  const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3b4cc0"/><circle cx="16" cy="16" r="12" fill="none" stroke="#7c89d8" stroke-width="5"/>${ring}</svg>`
  link.href = `data:image/svg+xml,${encodeURIComponent(icon)}`
}
