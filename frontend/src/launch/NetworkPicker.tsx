// The networks on offer as cards to tick.
import { Button, Checkbox, Group, Input, Skeleton, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

import { useModels } from '../api/catalog'
import { unanswered } from '../api/problem'
import type { ModelCard } from '../api/types'
import { plural, short } from '../lib/format'
import { RequestError } from '../ui/RequestError'
import classes from './launch.module.css'
import { leftOut, modelsOf, NETWORK_SETS, type NetworkSet } from './networkSets'
import { canChoose, needs, sizeNeeded } from './sizes'

/** A dialog without networks gives the focus to its first button. From there it goes on to the first that comes. */
const FOCUSED_MEANWHILE = '[role=dialog] header button'

/** As far below the top of the list as its first row. */
const FIRST_ROW_PX = 8

interface NetworkPickerProps {
  value: readonly string[]
  /** Of the chosen data set's images: channels, height, width. Not known of one that is still to be downloaded. */
  imageShape: readonly number[] | null | undefined
  error: string | undefined
  onChange: (models: readonly string[]) => void
  onSet: (set: NetworkSet, models: readonly string[]) => void
}

export function NetworkPicker({ value, imageShape, error, onChange, onSet }: NetworkPickerProps) {
  const { data, error: failure, refetch } = useModels()
  const [all, setAll] = useState(false)
  const shown = data?.filter((card) => all || !isTorchvisions(card) || value.includes(card.key))
  const first = (shown?.find(({ key }) => value.includes(key)) ?? shown?.find((card) => canChoose(card, imageShape, value)))?.key
  const cards = useRef<HTMLDivElement>(null)
  const offered = first !== undefined
  useEffect(() => {
    if (offered && document.activeElement?.matches(FOCUSED_MEANWHILE)) cards.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus()
  }, [offered])
  /** How often a choice was clicked: the networks of each come into sight, as a clone's do. */
  const [fills, setFills] = useState(0)
  useEffect(() => {
    const chosen = cards.current?.querySelector<HTMLElement>('[aria-checked=true]')
    // Not scrollIntoView: it would move the form as well.
    if (cards.current && chosen) cards.current.scrollTop = chosen.offsetTop - cards.current.clientTop - FIRST_ROW_PX
  }, [offered, fills])
  /** Of the choice that was clicked last. */
  const [missing, setMissing] = useState('')
  const problem = unanswered({ data, error: failure })
  if (problem) return <RequestError wanted="load the networks" problem={problem} onRetry={() => void refetch()} />
  return (
    <div>
      <Group justify="space-between" mb={6} gap="xs">
        <Input.Label component="span" id="networks-label">
          Networks
        </Input.Label>
        <Text component="span" size="xs" c="dimmed">
          {value.length > 0 && plural(value.length, 'network')}
        </Text>
      </Group>
      <div className={classes.sets}>
        {NETWORK_SETS.map((set) => (
          <Button
            key={set.name}
            size="compact-xs"
            variant="light"
            title={set.question}
            disabled={modelsOf(set, data ?? [], imageShape).length === 0}
            onClick={() => {
              setMissing(leftOut(set, data ?? [], imageShape))
              setFills(fills + 1)
              onSet(set, modelsOf(set, data ?? [], imageShape))
            }}
          >
            {set.name}
          </Button>
        ))}
      </div>
      {missing && (
        <Text size="xs" c="dimmed" mb={8} role="status">
          {missing}
        </Text>
      )}
      {data === undefined && <Skeleton height={120} />}
      {data?.length === 0 && (
        <Text size="sm" c="dimmed">
          No networks yet. The list fills once a worker starts.
        </Text>
      )}
      <Checkbox.Group
        value={[...value]}
        onChange={(chosen) => {
          setMissing('')
          onChange(chosen)
        }}
        aria-labelledby="networks-label"
        error={error}
      >
        <div ref={cards} className={`${classes.networks ?? ''} ${classes.networkList ?? ''}`}>
          {shown?.map((card) => (
            <NetworkCard key={card.key} card={card} first={card.key === first} chosen={value.includes(card.key)} open={canChoose(card, imageShape, value)} needed={sizeNeeded(card, imageShape)} />
          ))}
        </div>
      </Checkbox.Group>
      {/* Below the list: it stays where it is while one after the other is ticked. */}
      {data && value.length > 0 && (
        <Text size="xs" c="dimmed" mt={6}>
          Selected: {value.map((key) => data.find((card) => card.key === key)?.label ?? key).join(' · ')}
        </Text>
      )}
      {!all && data?.some(isTorchvisions) && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => {
            setAll(true)
          }}
        >
          {`Show torchvision models (${data.filter(isTorchvisions).length})`}
        </Button>
      )}
    </div>
  )
}

interface NetworkCardProps {
  card: ModelCard
  /** The first that is chosen, or else that can be: keys begin here. */
  first: boolean
  chosen: boolean
  open: boolean
  /** Pixels a side that the chosen data set's images lack. */
  needed: number | undefined
}

function NetworkCard({ card, first, chosen, open, needed }: NetworkCardProps) {
  return (
    <Checkbox.Card
      // Where the lab refuses a network, it is one of the chosen.
      name={chosen ? 'model' : undefined}
      value={card.key}
      className={classes.network}
      data-model={card.key}
      data-autofocus={first || undefined}
      disabled={!open}
    >
      <Checkbox.Indicator size="xs" mt={2} />
      <span className={classes.networkText}>
        <span className={classes.networkName}>{card.label}</span>
        <span className={classes.networkFacts}>
          {facts(card)}
        </span>
        {needed !== undefined && <span className={classes.tooSmall}>{needs(needed)}</span>}
        {Object.keys(card.defaults ?? {}).length > 0 && (
          <span className={classes.networkFacts}>sets {Object.keys(card.defaults ?? {}).map((name) => name.replaceAll('_', ' ')).join(', ')}</span>
        )}
      </span>
    </Checkbox.Card>
  )
}

/** There are eighty of them: they wait behind a button. */
function isTorchvisions({ origin }: ModelCard): boolean {
  return origin === 'torchvision'
}

function facts({ parameters, flops, error }: ModelCard): string {
  if (error != null) return 'cannot be built'
  if (parameters == null || flops == null) return 'size unknown'
  return `${short(parameters)} parameters · ${short(flops, 'FLOPs')}`
}
