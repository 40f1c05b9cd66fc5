// The networks on offer, their numbers side by side, and what they are made of.
import { Code, NativeSelect, Skeleton, Table, Text } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'

import { useDatasets, useModels } from '../api/catalog'
import { unanswered } from '../api/problem'
import type { ModelCard } from '../api/types'
import { short } from '../lib/format'
import { Page } from '../ui/Page'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { Scroll } from '../ui/Scroll'
import { keepView } from '../view/keepView'
import { useView, useViewPart } from '../view/useView'
import { inspections } from './inspections'
import { NetworkDetails } from './NetworkDetails'
import classes from './networks.module.css'

export function NetworksPage() {
  const { network } = useParams({ strict: false })
  const { beside } = useView()
  const { data, error, refetch } = useModels()
  const problem = unanswered({ data, error })
  if (problem) return <RequestError wanted="load the networks" problem={problem} onRetry={() => void refetch()} />
  const shown = network ?? data?.[0]?.key
  return (
    <Page className={classes.columns}>
      <Panel title="Networks" aside={<Inspecting cards={data ?? []} />} className={classes.list}>
        {data === undefined && <Skeleton height={200} m="md" />}
        {data?.length === 0 && (
          <Text size="sm" c="dimmed" p="md">
            No worker has said yet which networks it offers. The list fills as soon as one starts.
          </Text>
        )}
        {data && data.length > 0 && <List cards={data} shown={shown} />}
        <Text size="xs" c="dimmed" px="md" pb="md">
          Own networks: a Python file in the folder <Code>plugins</Code> of the lab’s data, such as <Code>data/plugins/mine.py</Code>. It appears here automatically.
        </Text>
      </Panel>
      {shown !== undefined && (
        <div className={classes.shown}>
          <Beside cards={data ?? []} shown={shown} />
          <div className={classes.pair}>
            <NetworkDetails key={shown} network={shown} />
            {beside !== undefined && beside !== shown && <NetworkDetails key={beside} network={beside} />}
          </div>
        </div>
      )}
    </Page>
  )
}

function Inspecting({ cards }: { cards: readonly ModelCard[] }) {
  const { data: datasets } = useDatasets()
  const { left, of } = inspections(cards, datasets ?? [])
  if (left === 0) return null
  return (
    <Text size="xs" c="dimmed" role="status">
      {`Inspecting plugins: ${of - left} of ${of} done`}
    </Text>
  )
}

/** A second network, to see what one has and the other has not. */
function Beside({ cards, shown }: { cards: readonly ModelCard[]; shown: string }) {
  const [beside, setBeside] = useViewPart('beside')
  const others = cards.filter(({ key }) => key !== shown).map(({ key, label }) => ({ value: key, label }))
  return (
    <NativeSelect
      size="xs"
      aria-label="Beside it"
      className={classes.beside ?? ''}
      value={beside ?? ''}
      data={[{ value: '', label: 'Compare with…' }, ...others]}
      onChange={({ currentTarget: { value } }) => {
        setBeside(value || undefined)
      }}
    />
  )
}

function List({ cards, shown }: { cards: readonly ModelCard[]; shown: string | undefined }) {
  return (
    <Scroll label="List of networks" className={classes.names}>
      <Table stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Network</Table.Th>
            <Table.Th ta="right">Depth</Table.Th>
            <Table.Th ta="right">Parameters</Table.Th>
            <Table.Th ta="right">FLOPs</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {cards.map(({ key, label, depth, parameters, flops, error, inspecting }) => (
            <Table.Tr key={key} data-shown={key === shown}>
              <Table.Td>
                <Link to="/networks/$network" params={{ network: key }} search={keepView} className={classes.link} aria-current={key === shown ? 'true' : undefined}>
                  {label}
                </Link>
                {inspecting && (
                  <Text size="xs" c="dimmed">
                    inspecting…
                  </Text>
                )}
                {!inspecting && error !== null && error !== undefined && (
                  <Text size="xs" c="red">
                    cannot be built
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right">{depth ?? '–'}</Table.Td>
              <Table.Td ta="right">{parameters == null ? '–' : short(parameters)}</Table.Td>
              <Table.Td ta="right">{flops == null ? '–' : short(flops)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}
