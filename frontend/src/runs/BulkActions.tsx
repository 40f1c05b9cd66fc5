// What can be done with the selected runs, and with all that the table lists.
import { ActionIcon, Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import { downloadText } from '../charts/download'
import { addressOf } from '../evidence/addresses'
import { plural, whole } from '../lib/format'
import { useLabPart } from '../live/hooks'
import { useSelection } from '../model/selection'
import { ACTIVE } from '../model/status'
import { Confirm, type Question } from '../ui/Confirm'
import { DotsIcon } from '../ui/icons'
import { keepView } from '../view/keepView'
import type { View } from '../view/urlState'
import { useView } from '../view/useView'
import { useBulk } from './actions'
import { plottable } from './plottable'
import { tableCsv } from './tableCsv'
import { useListed } from './useListed'

/** What one request takes. */
const MOST_EXPORTED = 1000

export function BulkActions() {
  return (
    <Confirm>
      {(ask) => (
        <Menu position="bottom-end" shadow="md" withinPortal>
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label="Bulk actions" title="Bulk actions">
              <DotsIcon size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <ForSelected ask={ask} />
            <Menu.Divider />
            <ForListed />
          </Menu.Dropdown>
        </Menu>
      )}
    </Confirm>
  )
}

/** For the runs whose eye is open. */
function ForSelected({ ask }: { ask: (question: Question) => void }) {
  const { shown } = useSelection()
  const runs = useLabPart('runs')
  const bulk = useBulk()
  const active = shown.filter((id) => ACTIVE.has(runs.get(id)?.status ?? 'finished'))
  const none = shown.length === 0
  const search = (view: View): View => ({ ...keepView(view), runs: shown })
  return (
    <>
      <Menu.Label>Selected ({whole(shown.length)})</Menu.Label>
      <Menu.Item renderRoot={(props) => <Link to="/compare" search={search} {...props} />} disabled={none}>
        Compare
      </Menu.Item>
      <Menu.Item renderRoot={(props) => <Link to="/evidence" search={search} {...props} />} disabled={none}>
        Evaluate claims
      </Menu.Item>
      <Menu.Item
        disabled={active.length === 0}
        onClick={() => {
          ask({
            title: `Cancel ${plural(active.length, 'run')}?`,
            text: 'Epochs that are finished are kept.',
            keep: 'Keep running',
            go: `Cancel ${plural(active.length, 'run')}`,
            onGo: () => {
              bulk.mutate({ action: 'cancel', runs: active })
            },
          })
        }}
      >
        Cancel active runs{active.length > 0 && ` (${whole(active.length)})`}
      </Menu.Item>
      <Menu.Item
        disabled={none}
        onClick={() => {
          ask({
            title: `Archive ${plural(shown.length, 'run')}?`,
            text: 'Archived runs are hidden from the table by default. They can be unarchived at any time.',
            go: `Archive ${plural(shown.length, 'run')}`,
            onGo: () => {
              bulk.mutate({ action: 'archive', runs: [...shown] })
            },
          })
        }}
      >
        Archive
      </Menu.Item>
    </>
  )
}

function ForListed() {
  const { show } = useSelection()
  const { runs } = useListed()
  const { target } = useView()
  const { ids, which } = plottable(runs)
  return (
    <>
      <Menu.Label>All matching ({whole(runs.length)})</Menu.Label>
      <Menu.Item
        onClick={() => {
          show(ids)
        }}
      >
        Show {which} in charts
      </Menu.Item>
      <Menu.Item
        onClick={() => {
          downloadText(tableCsv(runs), 'skiplab-runs.csv', 'text/csv')
        }}
      >
        Export table (CSV)
      </Menu.Item>
      <Menu.Item component="a" href={addressOf('evidence/measures.csv', { runs: runs.slice(0, MOST_EXPORTED).map(({ id }) => id) }, target)} download="skiplab-measures.csv">
        {runs.length > MOST_EXPORTED ? `Export summary metrics of the first ${whole(MOST_EXPORTED)} (CSV)` : 'Export summary metrics (CSV)'}
      </Menu.Item>
    </>
  )
}
