import { Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import { CONTENT } from './landmarks'

interface NotFoundProps {
  /** What was asked for, capitalised. */
  what?: string
  why?: string
}

export function NotFound({ what = 'Page', why = 'The address may be mistyped, or from another version.' }: NotFoundProps) {
  return (
    <Stack id={CONTENT} component="main" align="center" ta="center" px="md" py={80} gap="xs">
      <Title order={2} size="h3">
        {what} not found
      </Title>
      <Text c="dimmed">{why}</Text>
      <Link to="/">Back to runs</Link>
    </Stack>
  )
}
