// The table's filters: by status, network, data set, tag and experiment, of the values that there are.
import { ActionIcon, Checkbox, Indicator, MultiSelect, Popover, Stack } from '@mantine/core'
import { useMemo } from 'react'

import { useNetworkName } from '../api/catalog'
import type { Run } from '../api/types'
import { useLabPart } from '../live/hooks'
import { FILTERS } from '../model/arrange'
import { FilterIcon } from '../ui/icons'
import { STATUSES } from '../view/urlState'
import { useView, useViewPart } from '../view/useView'

export function FilterMenu() {
  const runs = useLabPart('runs')
  const view = useView()
  const networkName = useNetworkName()
  const [status = [], setStatus] = useViewPart('status')
  const [network = [], setNetwork] = useViewPart('network')
  const [dataset = [], setDataset] = useViewPart('dataset')
  const [tag = [], setTag] = useViewPart('tag')
  const [experiment = [], setExperiment] = useViewPart('experiment')
  const [archived, setArchived] = useViewPart('archived')
  const offers = useMemo(() => offersOf([...runs.values()], networkName), [runs, networkName])
  const active = FILTERS.filter((name) => name !== 'q' && view[name] !== undefined).length
  const filled = <T,>(values: readonly T[]): readonly T[] | undefined => (values.length > 0 ? values : undefined)
  return (
    <Popover position="bottom-start" shadow="md" width={300} withinPortal trapFocus returnFocus>
      <Indicator label={active} size={15} disabled={active === 0} zIndex={2}>
        <Popover.Target>
          <ActionIcon variant="default" size="lg" aria-label={active > 0 ? `Filters, ${active} active` : 'Filters'} title="Filter">
            <FilterIcon size={16} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Choices label="Status" data={STATUSES.map((each) => ({ value: each, label: each }))} value={status} onChange={(values) => {
            setStatus(filled(STATUSES.filter((each) => values.includes(each))))
          }} />
          <Choices label="Network" data={offers.networks} value={network} onChange={(values) => { setNetwork(filled(values)) }} />
          <Choices label="Data set" data={offers.datasets} value={dataset} onChange={(values) => { setDataset(filled(values)) }} />
          <Choices label="Tag" data={offers.tags} value={tag} onChange={(values) => { setTag(filled(values)) }} />
          <Choices label="Experiment" data={offers.experiments} value={experiment.map(String)} onChange={(values) => { setExperiment(filled(values.map(Number))) }} />
          <Checkbox
            size="xs"
            label="Show archived"
            checked={archived === true}
            onChange={({ currentTarget: { checked } }) => {
              setArchived(checked ? true : undefined)
            }}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

interface ChoicesProps {
  label: string
  data: readonly { value: string; label: string }[]
  value: readonly string[]
  onChange: (values: string[]) => void
}

function Choices({ label, data, value, onChange }: ChoicesProps) {
  if (data.length === 0) return null
  return (
    <MultiSelect
      size="xs"
      label={label}
      placeholder={value.length > 0 ? '' : 'any'}
      data={[...data]}
      value={[...value]}
      onChange={onChange}
      searchable={data.length > 8}
      comboboxProps={{ withinPortal: false }}
    />
  )
}

function offersOf(runs: readonly Run[], networkName: (key: string) => string) {
  const sorted = (pairs: Iterable<readonly [string, string]>) =>
    [...new Map(pairs)].map(([value, label]) => ({ value, label })).sort((a, b) => a.label.localeCompare(b.label))
  return {
    networks: sorted(runs.flatMap(({ spec }) => (spec ? [[spec.model, networkName(spec.model)] as const] : []))),
    datasets: sorted(runs.flatMap(({ spec }) => (spec ? [[spec.dataset, spec.dataset] as const] : []))),
    tags: sorted(runs.flatMap(({ tags }) => tags.map((tag) => [tag, tag] as const))),
    experiments: sorted(runs.flatMap(({ experiment }) => (experiment ? [[String(experiment.id), `${experiment.name} (#${experiment.id})`] as const] : []))),
  }
}
