// The window's title and icon show how far the running runs are, so that a tab in the background tells as well.
import { useEffect } from 'react'

import { useLabPart } from '../live/hooks'

const NAME = 'Skiplab'

export function useTitle(): void {
  const runs = useLabPart('runs')
  const running = [...runs.values()].filter(({ status }) => status === 'running')
  const share = running.length === 0 ? null : Math.floor((100 * running.reduce((sum, { progress }) => sum + progress, 0)) / running.length)
  useEffect(() => {
    document.title = share === null ? NAME : `${share} % · ${NAME}`
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
