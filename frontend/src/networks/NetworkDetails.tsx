// One network: its facts, the blocks that it repeats as diagrams, and its layers.
import { Group, Skeleton, Text } from '@mantine/core'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { unanswered } from '../api/problem'
import type { Block, Errand, ModelDetails, Run } from '../api/types'
import { plural, short } from '../lib/format'
import { ErrandState } from '../errands/ErrandState'
import { RequestErrand } from '../errands/RequestErrand'
import { useErrand } from '../live/useErrands'
import { Panel } from '../ui/Panel'
import { NotFound } from '../ui/NotFound'
import { RequestError } from '../ui/RequestError'
import { BlockDiagram } from './BlockDiagram'
import { chosen } from './blocks'
import { LayerTable } from './LayerTable'
import { canRetry, measurementOf, type Measurement } from './measurement'
import classes from './networks.module.css'
import { PluginError } from './PluginError'

/** More drawings than these are repetition. */
const MOST_DRAWN = 8

export function useNetwork(network: string): UseQueryResult<ModelDetails> {
  return useQuery({
    queryKey: ['models', network],
    queryFn: async () => (await answer(api.GET('/api/v1/models/{key}', { params: { path: { key: network } } }))).data,
    retry: false,
  })
}

interface NetworkDetailsProps {
  network: string
  /** As one run has built it, where the page is that run's. */
  own?: Run['network']
}

export function NetworkDetails({ network, own }: NetworkDetailsProps) {
  const { data: card, error, refetch, isFetching } = useNetwork(network)
  const problem = unanswered({ data: card, error })
  if (problem?.status === 404) return <NotFound title={`There is no network “${network}”`} why="It may be a plugin’s that was removed, or the address may be mistyped." list="/networks" inside />
  if (problem) return <RequestError wanted={`load ${network}`} problem={problem} onRetry={() => void refetch()} />
  if (card === undefined) return <Skeleton height={400} radius="md" />
  return (
    <div className={classes.details}>
      <Panel title={card.label} aside={<Text size="xs" c="dimmed">{card.key}</Text>}>
        <Facts card={card} own={own} isLoading={isFetching} />
      </Panel>
      {card.structure && <Blocks blocks={card.blocks ?? []} note={card.blocks_note} />}
      {card.layers && card.layers.length > 0 && (
        <Panel title="Layers" aside={<Text size="xs" c="dimmed">in forward order</Text>}>
          <LayerTable layers={card.layers} />
        </Panel>
      )}
    </div>
  )
}

interface FactsProps {
  card: ModelDetails
  own: Run['network'] | undefined
  /** The card is being loaded again. */
  isLoading: boolean
}

function Facts({ card, own, isLoading }: FactsProps) {
  const errand = useErrand((task) => task.kind === 'measure_card' && task.model === card.key)
  const measurement = card.measured ? null : measurementOf(card, errand, isLoading)
  const { smallest, paper, source, error, measured, defaults, notes } = card
  // Where the run built it at the size at which it was measured, the run's sentence says it.
  const least = smallest != null && smallest > 1 ? smallest : null
  const apart = measured && !(own && cost(own) === cost(card))
  return (
    <div className={classes.facts}>
      {own && <Text size="sm">In this run: {cost(own)}.</Text>}
      {(apart || least !== null) && (
        <Text size="sm">{[apart && `${cost(card)}.`, least !== null && `Needs images of at least ${least} × ${least}.`].filter(Boolean).join(' ')}</Text>
      )}
      {measurement && <Unmeasured card={card} errand={errand} measurement={measurement} of={own ? 'The layers' : 'Parameters, FLOPs and layers'} />}
      {notes?.map((note) => (
        <Text key={note} size="sm">
          {note}
        </Text>
      ))}
      {paper && (
        <Text size="sm" c="dimmed">
          {paper}
        </Text>
      )}
      {source && (
        <Text size="sm" c="dimmed">
          From {source}
        </Text>
      )}
      {defaults && Object.keys(defaults).length > 0 && (
        <Text size="sm" c="dimmed">
          Default hyperparameters: {Object.entries(defaults).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(', ')}
        </Text>
      )}
      {error && (measurement === null || measurement === 'failed') && <PluginError error={error} />}
    </div>
  )
}

interface UnmeasuredProps {
  card: ModelDetails
  errand: Errand | undefined
  measurement: Measurement
  /** What is not known without it. */
  of: string
}

function Unmeasured({ card, errand, measurement, of }: UnmeasuredProps) {
  const what = `the measurement of ${card.label}`
  switch (measurement) {
    case 'inspecting':
      return <Text size="sm">Its plugin is being inspected…</Text>
    case 'loading':
      return <Text size="sm">Loading the measurement…</Text>
    case 'failed':
      return (
        <Group gap="xs">
          <Text size="sm">It could not be measured.</Text>
          {canRetry(card) && <RequestErrand task={{ kind: 'measure_card', model: card.key }} label="Retry" what={what} />}
        </Group>
      )
    case 'pending':
      return (
        <div>
          <Text size="sm">{of} are not measured yet.</Text>
          <ErrandState errand={errand} what={what} absent="The last measurement was of another version of the network." />
        </div>
      )
  }
}

interface Cost extends Pick<ModelDetails, 'parameters' | 'flops' | 'depth' | 'classes'> {
  image_shape: readonly number[]
}

function cost({ parameters, flops, depth, image_shape: shape, classes: count }: Cost): string {
  const layers = depth == null ? 'depth unknown' : plural(depth, 'layer')
  const numbers = `${short(parameters ?? 0)} parameters, ${short(flops ?? 0, 'FLOPs')} per image, ${layers}`
  return `${numbers}; for ${shape.join('×')} input, ${plural(count, 'class', 'classes')}`
}

function Blocks({ blocks, note }: { blocks: readonly Block[]; note: string | null | undefined }) {
  const drawn = chosen(blocks, MOST_DRAWN)
  const left = blocks.length - drawn.length
  return (
    <Panel title="Blocks" aside={<Text size="xs" c="dimmed">normalisation, activations and pooling of the same size not shown</Text>}>
      <div className={classes.blocks}>
        {drawn.map((block) => (
          <BlockDiagram key={block.name} block={block} />
        ))}
      </div>
      {left > 0 && <Note text={`${plural(left, 'more block')} of other sizes in the table below.`} />}
      {note && <Note text={note} />}
      {blocks.length === 0 && !note && <Note text="No block diagram: this network was measured by an earlier version." />}
    </Panel>
  )
}

function Note({ text }: { text: string }) {
  return (
    <Text size="xs" c="dimmed" className={classes.rest ?? ''}>
      {text}
    </Text>
  )
}
