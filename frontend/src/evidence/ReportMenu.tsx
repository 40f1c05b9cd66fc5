// The report of these runs: one page that opens offline, or its text.
import { Button, Menu } from '@mantine/core'

import { addressOf } from './addresses'
import type { Asked } from './asked'

export function ReportMenu({ asked }: { asked: Asked }) {
  const page = addressOf('report.html', asked)
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <Button size="xs" variant="default">
          Report
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={page} target="_blank" rel="noreferrer">
          Open report
        </Menu.Item>
        <Menu.Item component="a" href={page} download="report.html">
          Download HTML
        </Menu.Item>
        <Menu.Item component="a" href={addressOf('report.md', asked)} download="report.md">
          Download Markdown (text only)
        </Menu.Item>
        <Menu.Label>PDF, or figures as files: skiplab report</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  )
}
