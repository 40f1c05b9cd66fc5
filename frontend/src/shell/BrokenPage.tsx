// Shown instead of a page that failed to render or to load. The header stays.
import { Button, Stack, Text, Title } from '@mantine/core'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { asProblem, noAnswer } from '../api/problem'
import { useSessionPart } from '../live/hooks'
import { CONTENT } from '../ui/landmarks'

export function BrokenPage({ error }: ErrorComponentProps) {
  const away = useLabAway()
  return (
    <Stack id={CONTENT} component="main" role="alert" align="center" p={80} gap="xs">
      <Title order={2} size="h3">
        {away ? 'Couldn’t load this page' : 'Something went wrong on this page'}
      </Title>
      <Text>{away ? noAnswer(error).message : asProblem(error).message}</Text>
      <Text c="dimmed">
        {away
          ? 'It loads once the server is back. Pages that were open before still work.'
          : 'Other pages still work. If this happens again, see the browser’s console for details.'}
      </Text>
      <Button variant="default" onClick={loadAgain}>
        Reload
      </Button>
    </Stack>
  )
}

/** A chunk that failed to load is requested again only by a new document; the URL holds the view. */
const loadAgain = (): void => {
  window.location.reload()
}

/** Whether the server was unreachable when the page was opened. Reloads once it is back. */
function useLabAway(): boolean {
  const connection = useSessionPart('connection')
  // Not before the first response: a page that fails then would reload forever.
  const [away] = useState(connection === 'reconnecting' || connection === 'offline')
  useEffect(() => {
    if (away && connection === 'live') loadAgain()
  }, [away, connection])
  return away
}
