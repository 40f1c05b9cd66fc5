// The versions of a data set: what each holds, the runs on it, and its end.
import { Button, Table, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useNavigate } from '@tanstack/react-router'

import { dateTime, plural, whole } from '../lib/format'
import { Confirm } from '../ui/Confirm'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import { keepView } from '../view/keepView'
import { useDeleteVersion, useVersions, type Version } from './versions'
import { PROVENANCES } from './words'

export function VersionsPanel({ dataset }: { dataset: string }) {
  const { data = [] } = useVersions(dataset)
  if (data.length === 0) return null
  return (
    <Panel title="Versions" aside={<Text size="xs" c="dimmed">importing under the same name adds a version</Text>}>
      <Scroll label="Versions">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Version</Table.Th>
              <Table.Th title="Training and test images">Images</Table.Th>
              <Table.Th ta="right">Runs</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((version) => (
              <VersionRow key={version.version} dataset={dataset} version={version} last={data.filter(({ deleted_at: deleted }) => !deleted).length === 1} />
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </Panel>
  )
}

interface VersionProps {
  dataset: string
  version: Version
  /** Whether it is the only remaining version: deleting it removes the data set. */
  last: boolean
}

function VersionRow({ dataset, version, last }: VersionProps) {
  const { version: number, sha256, provenance, current, created_at: created, deleted_at: deleted, runs, unfinished, train_images: train, test_images: test } = version
  return (
    <Table.Tr {...(deleted && { c: 'dimmed' })}>
      <Table.Td title={sha256 ?? undefined}>
        {number}
        {current && ' · current'}
        {deleted && ' · deleted'}
        <Text size="xs" c="dimmed">{[dateTime(created), sha256?.slice(0, 8), provenance && PROVENANCES[provenance]].filter(Boolean).join(' · ')}</Text>
      </Table.Td>
      <Table.Td>{train && test ? `${whole(train)} + ${whole(test)}` : '–'}</Table.Td>
      <Table.Td ta="right">{unfinished > 0 ? `${whole(runs)} (${whole(unfinished)} unfinished)` : whole(runs)}</Table.Td>
      <Table.Td ta="right">{!deleted && provenance !== 'plugin' && <DeleteButton dataset={dataset} version={version} last={last} />}</Table.Td>
    </Table.Tr>
  )
}

function DeleteButton({ dataset, version: given, last }: VersionProps) {
  const navigate = useNavigate()
  const { version, runs } = given
  const remove = useDeleteVersion(dataset)
  const name = `version ${version} of ${dataset}`
  return (
    <Confirm>
      {(ask) => (
        <Button
          size="compact-xs"
          variant="default"
          loading={remove.isPending}
          aria-label={`Delete ${name}`}
          onClick={() => {
            ask({
              title: `Delete ${name}?`,
              text: `Its images are deleted. ${runs > 0 ? `${plural(runs, 'run')} trained on it: metrics are kept, image previews are lost, and these runs cannot be resumed or retried.` : 'No run used it.'} This cannot be undone.`,
              go: 'Delete version',
              onGo: () => {
                remove.mutate(given, {
                  onSuccess: () => {
                    notifications.show({ color: 'teal', title: `Deleted ${name}`, message: last ? 'It was the last one: the data set is no longer on offer.' : '' })
                    if (last) void navigate({ to: '/data', search: keepView })
                  },
                  onError: ({ message }) => {
                    notifications.show({ color: 'red', title: `Could not delete ${name}`, message })
                  },
                })
              },
            })
          }}
        >
          Delete
        </Button>
      )}
    </Confirm>
  )
}
