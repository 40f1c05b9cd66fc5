// One network: its facts, the blocks that it repeats as drawings, and its layers.
import { Skeleton, Text } from '@mantine/core'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { unanswered } from '../api/problem'
import type { Block, ModelDetails, Run } from '../api/types'
import { plural, short } from '../lib/format'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { BlockDiagram } from './BlockDiagram'
import { chosen, distinct, readBlocks } from './blocks'
import { LayerTable } from './LayerTable'
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
  const { data: card, error, refetch } = useNetwork(network)
  const problem = unanswered({ data: card, error })
  if (problem) return <RequestError wanted={`load ${network}`} problem={problem} onRetry={() => void refetch()} />
  if (card === undefined) return <Skeleton height={400} radius="md" />
  return (
    <div className={classes.details}>
      <Panel title={card.label} aside={<Text size="xs" c="dimmed">{card.key}</Text>}>
        {own && <Text size="sm">In this run: {cost(own)}.</Text>}
        <Facts card={card} />
      </Panel>
      {card.structure && (card.blocks ? <Blocks blocks={card.blocks} /> : <NoBlocks />)}
      {card.layers && card.layers.length > 0 && (
        <Panel title="Layers" aside={<Text size="xs" c="dimmed">in the order in which images pass</Text>}>
          <LayerTable layers={card.layers} />
        </Panel>
      )}
    </div>
  )
}

function Facts({ card }: { card: ModelDetails }) {
  const { smallest, paper, source, error, measured, defaults, notes } = card
  return (
    <div className={classes.facts}>
      <Text size="sm">
        {measured ? `${cost(card)}.` : unmeasured(card)}
        {smallest != null && ` Needs images of at least ${smallest} × ${smallest}.`}
      </Text>
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
          Sets, where nobody else does: {Object.entries(defaults).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(', ')}
        </Text>
      )}
      {error && <PluginError error={error} />}
    </div>
  )
}

/** Only the lab's own networks say how they are wired; of others a drawing would be a guess. */
function NoBlocks() {
  return (
    <Panel title="Blocks">
      <div className={classes.facts}>
        <Text size="sm" c="dimmed">
          No block diagram: how this network is wired is not known for certain. Its layers are in the table below.
        </Text>
      </div>
    </Panel>
  )
}

function unmeasured({ error, inspecting }: ModelDetails): string {
  if (inspecting) return 'Its plugin is being inspected; the numbers come by themselves.'
  return error ? 'It could not be measured.' : 'Being measured by a worker; the numbers come by themselves.'
}

interface Cost extends Pick<ModelDetails, 'parameters' | 'flops' | 'depth' | 'classes'> {
  image_shape: readonly number[]
}

function cost({ parameters, flops, depth, image_shape: shape, classes: count }: Cost): string {
  const layers = depth == null ? 'depth unknown' : `${plural(depth, 'layer')} deep`
  const numbers = `${short(parameters ?? 0)} parameters, ${short(flops ?? 0, 'FLOPs')} per image, ${layers}`
  return `${numbers}; measured at ${shape.join(' × ')} and ${plural(count, 'class', 'classes')}`
}

function Blocks({ blocks }: { blocks: readonly Block[] }) {
  const kinds = distinct(readBlocks(blocks))
  const drawn = chosen(kinds, MOST_DRAWN)
  return (
    <Panel title="Blocks" aside={<Text size="xs" c="dimmed">norms and activations are left out</Text>}>
      <div className={classes.blocks}>
        {drawn.map(({ block, times }) => (
          <figure key={block.name} className={classes.block}>
            <BlockDiagram block={block} />
            <figcaption>
              {block.name}
              {times > 1 && ` and ${times - 1} more like it`}
            </figcaption>
          </figure>
        ))}
      </div>
      {drawn.length < kinds.length && (
        <Text size="xs" c="dimmed" className={classes.rest ?? ''}>
          and {plural(kinds.length - drawn.length, 'further kind')}, in the table below
        </Text>
      )}
    </Panel>
  )
}
