// In place of a page that broke while it was drawn, or that did not come. The header stays, and the way to the others.
import { Button, Stack, Text, Title } from '@mantine/core'
import type { ErrorComponentProps } from '@tanstack/react-router'

import { asProblem } from '../api/problem'
import { CONTENT } from './landmarks'

export function BrokenPage({ error }: ErrorComponentProps) {
  return (
    <Stack id={CONTENT} component="main" role="alert" align="center" p={80} gap="xs">
      <Title order={2} size="h3">
        This page broke
      </Title>
      <Text>{asProblem(error).message}</Text>
      <Text c="dimmed">The other pages still work. If it breaks again, the browser’s console has the details.</Text>
      <Button
        variant="default"
        onClick={() => {
          // A part of the page that did not come is asked for again only by a new document; the address has the view.
          window.location.reload()
        }}
      >
        Load it again
      </Button>
    </Stack>
  )
}
