// In place of a page that failed to render or to load. The header and its navigation stay.
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

/** A part of the page that did not come is asked for again only by a new document; the address has the view. */
const loadAgain = (): void => {
  window.location.reload()
}

/** The lab, which had been there, could not be reached when the page was wanted. Once it can, the page is loaded. */
function useLabAway(): boolean {
  const connection = useSessionPart('connection')
  // Not while the first answer is awaited: a page that breaks then would be loaded again for ever.
  const [away] = useState(connection === 'reconnecting' || connection === 'offline')
  useEffect(() => {
    if (away && connection === 'live') loadAgain()
  }, [away, connection])
  return away
}
