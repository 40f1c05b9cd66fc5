// Below the form: what is wrong, what will be launched and how long that takes, and the button.
import { Alert, Button, Group, Text } from '@mantine/core'

import { plural } from '../lib/format'
import classes from './launch.module.css'

interface LaunchFooterProps {
  /** Why the last launch was refused; null where it was not. */
  refusal: string | null
  /** Something to know before launching; empty for nothing. */
  note: string
  summary: string
  estimate: string
  runs: number
  loading: boolean
  disabled: boolean
}

export function LaunchFooter({ refusal, note, summary, estimate, runs, loading, disabled }: LaunchFooterProps) {
  return (
    <div className={classes.foot}>
      {refusal !== null && (
        <Alert color="red" variant="light" role="alert" p="xs" title="Couldn’t launch">
          {refusal}
        </Alert>
      )}
      {note && (
        <Alert color="yellow" variant="light" p="xs">
          {note}
        </Alert>
      )}
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" c="dimmed" aria-live="polite">
          {summary}
          {estimate && <span className={classes.estimate}>{estimate}</span>}
        </Text>
        <Button type="submit" className={classes.submit} loading={loading} disabled={disabled}>
          {runs > 1 ? `Launch ${plural(runs, 'run')}` : 'Launch'}
        </Button>
      </Group>
    </div>
  )
}
