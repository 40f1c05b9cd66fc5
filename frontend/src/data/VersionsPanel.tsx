// The versions of a data set: what each holds, the runs on it, and its end.
import { Button, Table, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'

import { Confirm } from '../ui/Confirm'
import { dateTime, plural, whole } from '../ui/format'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import { useDeleteVersion, useVersions, type Version } from './versions'
import { PROVENANCES } from './words'

export function VersionsPanel({ dataset }: { dataset: string }) {
  const { data = [] } = useVersions(dataset)
  if (data.length === 0) return null
  return (
    <Panel title="Versions" aside={<Text size="xs" c="dimmed">an import under the same name makes the next one</Text>}>
      <Scroll label="Versions">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Version</Table.Th>
              <Table.Th>Imported</Table.Th>
              <Table.Th ta="right">Training</Table.Th>
              <Table.Th ta="right">Test</Table.Th>
              <Table.Th ta="right">Runs</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((version) => (
              <VersionRow key={version.version} dataset={dataset} version={version} />
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </Panel>
  )
}

function VersionRow({ dataset, version }: { dataset: string; version: Version }) {
  const { version: number, sha256, provenance, current, created_at: created, deleted_at: deleted, runs, unfinished, train_images: train, test_images: test } = version
  return (
    <Table.Tr {...(deleted && { c: 'dimmed' })}>
      <Table.Td title={sha256 ?? undefined}>
        {number}
        {current && ' · current'}
        {deleted && ' · deleted'}
        <Text size="xs" c="dimmed">{[sha256?.slice(0, 8), provenance && PROVENANCES[provenance]].filter(Boolean).join(' · ')}</Text>
      </Table.Td>
      <Table.Td>{dateTime(created)}</Table.Td>
      <Table.Td ta="right">{train ? whole(train) : '–'}</Table.Td>
      <Table.Td ta="right">{test ? whole(test) : '–'}</Table.Td>
      <Table.Td ta="right">{unfinished > 0 ? `${whole(runs)} (${whole(unfinished)} unfinished)` : whole(runs)}</Table.Td>
      <Table.Td ta="right">{!deleted && provenance !== 'plugin' && <DeleteButton dataset={dataset} version={version} />}</Table.Td>
    </Table.Tr>
  )
}

function DeleteButton({ dataset, version: given }: { dataset: string; version: Version }) {
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
              text: `Its images are deleted from the lab. ${runs > 0 ? `${plural(runs, 'run')} trained on it: the numbers stay, the pictures go, and none of them can be resumed or retried.` : 'No run used it.'} This cannot be undone.`,
              keep: 'Keep it',
              go: 'Delete version',
              onGo: () => {
                remove.mutate(given, {
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
