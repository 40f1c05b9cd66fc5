// Asks for networks, data sets and quantities again when a worker has announced others.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { useEventCount } from './hooks'

export function useFreshCatalog(): void {
  const changes = useEventCount('catalog')
  const queries = useQueryClient()
  useEffect(() => {
    if (changes === 0) return
    void queries.invalidateQueries({ queryKey: ['models'] })
    void queries.invalidateQueries({ queryKey: ['datasets'] })
    void queries.invalidateQueries({ queryKey: ['quantities'] })
    // The columns on offer, of no run: they hold plugins' metrics.
    void queries.invalidateQueries({ queryKey: ['measures', ''], exact: true })
  }, [changes, queries])
}
