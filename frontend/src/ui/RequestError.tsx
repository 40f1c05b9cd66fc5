// A failed request: what failed, the server's message, and a retry.
import { Alert, Button, Group, Text } from '@mantine/core'

import type { Problem } from '../api/problem'
import { WarningIcon } from './icons'

interface RequestErrorProps {
  wanted: string
  problem: Problem
  onRetry: () => void
}

export function RequestError({ wanted, problem, onRetry }: RequestErrorProps) {
  return (
    <Alert color="red" variant="light" icon={<WarningIcon />} title={`Could not ${wanted}`} role="alert" m="md">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{problem.message}</Text>
        <Button size="xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      </Group>
    </Alert>
  )
}
