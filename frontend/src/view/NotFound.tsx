import { Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import { CONTENT } from './landmarks'

export function NotFound() {
  return (
    <Stack id={CONTENT} component="main" align="center" p={80} gap="xs">
      <Title order={2} size="h3">
        There is no such page
      </Title>
      <Text c="dimmed">The address may be mistyped, or from another version of the lab.</Text>
      <Link to="/">To the runs</Link>
    </Stack>
  )
}
