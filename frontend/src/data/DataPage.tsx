// The data sets on offer, and what one of them shows.
import { Skeleton, Table, Text } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'

import { useDatasets } from '../api/catalog'
import { unanswered } from '../api/problem'
import type { DatasetCard } from '../api/types'
import { short } from '../lib/format'
import { NotFound } from '../ui/NotFound'
import { Page } from '../ui/Page'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { keepView } from '../view/keepView'
import classes from './data.module.css'
import { DatasetDetails } from './DatasetDetails'
import { OwnImages } from './OwnImages'

export function DataPage() {
  const { dataset } = useParams({ strict: false })
  const asked = useDatasets()
  const { data } = asked
  const problem = unanswered(asked)
  if (problem) return <RequestError wanted="load the data sets" problem={problem} onRetry={() => void asked.refetch()} />
  const shown = dataset === undefined ? data?.[0] : data?.find(({ key }) => key === dataset)
  if (data && dataset !== undefined && shown === undefined) return <NotFound title={`There is no data set “${dataset}”`} list="/data" />
  return (
    <Page className={classes.columns}>
      <div className={classes.side}>
        <Panel title="Data sets">
          {data === undefined && <Skeleton height={200} m="md" />}
          {data?.length === 0 && (
            <Text size="sm" c="dimmed" p="md">
              No data sets yet. The list fills once a worker starts.
            </Text>
          )}
          {data && data.length > 0 && <List cards={data} shown={shown?.key} />}
        </Panel>
        {data && <OwnImages />}
      </div>
      {shown && <DatasetDetails key={shown.key} card={shown} />}
    </Page>
  )
}

function List({ cards, shown }: { cards: readonly DatasetCard[]; shown: string | undefined }) {
  return (
    <Table aria-label="Data sets">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Data set</Table.Th>
          <Table.Th ta="right">Training</Table.Th>
          <Table.Th ta="right">Test</Table.Th>
          <Table.Th ta="right">Classes</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {cards.map(({ key, label, available, error, train_images: train, test_images: test, classes: names }) => (
          <Table.Tr key={key} data-shown={key === shown}>
            <Table.Td className={classes.named ?? ''}>
              <Link to="/data/$dataset" params={{ dataset: key }} search={keepView} className={classes.link} aria-current={key === shown ? 'true' : undefined}>
                {label}
              </Link>
              {(error ?? !available) && (
                <Text size="xs" c={error ? 'red' : 'dimmed'}>
                  {error ? 'cannot be loaded' : 'not downloaded'}
                </Text>
              )}
            </Table.Td>
            <Table.Td ta="right">{train ? short(train) : '–'}</Table.Td>
            <Table.Td ta="right">{test ? short(test) : '–'}</Table.Td>
            <Table.Td ta="right">{names?.length ?? '–'}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
