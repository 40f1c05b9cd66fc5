// The run's checkpoints and weights, to download.
import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { addressOf } from '../api/files'
import { isLabRun, type Run } from '../api/types'
import { bytes, dateTime } from '../lib/format'
import { useFollow } from '../live/useFollow'
import { Loaded, Nothing } from './Loaded'
import { TablePanel } from './TablePanel'

export function FilesTab({ run }: { run: Run }) {
  const asked = useQuery({
    queryKey: ['artifacts', run.id, run.status],
    queryFn: async () => {
      const { items } = (await answer(api.GET('/api/v1/runs/{run_id}/artifacts', { params: { path: { run_id: run.id } } }))).data
      return { asOf: run.epoch, items }
    },
  })
  useFollow(asked, run.epoch)
  return (
    <Loaded asked={asked} wanted="load the files" nothing="There are no files.">
      {({ items }) =>
        items.length === 0 ? (
          <Nothing>{isLabRun(run) ? 'No files yet. Checkpoints are written during training.' : 'No files were saved.'}</Nothing>
        ) : (
          <TablePanel title="Files" head={['File', 'Kind', 'Epoch', 'Size', 'Written', 'SHA-256']}>
            {items.map(({ path, kind, epoch, bytes: size, created_at: written, sha256 }) => (
              <Table.Tr key={path}>
                <Table.Td>
                  <a href={addressOf(run, path)} download>
                    {path}
                  </a>
                </Table.Td>
                <Table.Td>{kind}</Table.Td>
                <Table.Td>{epoch}</Table.Td>
                <Table.Td>{bytes(size)}</Table.Td>
                <Table.Td>
                  <time dateTime={written}>{dateTime(written)}</time>
                </Table.Td>
                <Table.Td title={sha256}>{sha256.slice(0, 12)}</Table.Td>
              </Table.Tr>
            ))}
          </TablePanel>
        )
      }
    </Loaded>
  )
}
