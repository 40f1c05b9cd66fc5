// By what the table's rows are grouped.
import { ActionIcon, Menu } from '@mantine/core'

import { capital } from '../lib/format'
import { GroupIcon } from '../ui/icons'
import { GROUPINGS } from '../view/urlState'
import { useViewPart } from '../view/useView'

export function GroupMenu() {
  const [group, setGroup] = useViewPart('group')
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant={group ? 'light' : 'default'} size="lg" aria-label={group ? `Group by: ${group}` : 'Group by'} title="Group by">
          <GroupIcon size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Group by</Menu.Label>
        <Menu.Item onClick={() => { setGroup(undefined) }}>None{group === undefined && ' ✓'}</Menu.Item>
        {GROUPINGS.map((each) => (
          <Menu.Item key={each} onClick={() => { setGroup(each) }}>
            {capital(each)}{group === each && ' ✓'}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
