import { Button, Group } from '@mantine/core'

import type { Run } from '../api/types'
import { CancelButton } from '../runs/CancelButton'
import { RunMenu } from '../runs/RunMenu'
import { ACTIVE } from '../runs/status'
import { useLaunchForm } from '../view/useView'

export function RunActions({ run }: { run: Run }) {
  const { show } = useLaunchForm()
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        size="xs"
        variant="default"
        onClick={() => {
          show(run.id)
        }}
      >
        Clone
      </Button>
      {ACTIVE.has(run.status) && <CancelButton run={run} />}
      <RunMenu run={run} />
    </Group>
  )
}
