// Above the table: search, filters, groups, columns, and what can be done with the chosen runs.
import { ActionIcon, Checkbox, Indicator, Menu, MultiSelect, Popover, Stack, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'

import { useNetworkName } from '../api/catalog'
import type { Run } from '../api/types'
import { downloadText } from '../charts/download'
import { addressOf } from '../evidence/addresses'
import { plural, whole } from '../lib/format'
import { useLabPart } from '../live/hooks'
import { FILTERS } from '../model/arrange'
import { useSelection } from '../model/selection'
import { ACTIVE } from '../model/status'
import { Confirm } from '../ui/Confirm'
import { ColumnsIcon, DotsIcon, FilterIcon, GroupIcon, SearchIcon } from '../ui/icons'
import { useHeld } from '../ui/useHeld'
import { useKeys } from '../ui/useKeys'
import { keepView } from '../view/keepView'
import { GROUPINGS, STATUS_CHOICES, toggled, type View } from '../view/urlState'
import { useView, useViewPart } from '../view/useView'
import { useBulk } from './actions'
import { plottable } from './plottable'
import classes from './runs.module.css'
import { tableCsv } from './tableCsv'
import { useListed } from './useListed'
import { useOffered } from './useMeasures'

export function TableTools() {
  return (
    <div className={classes.tools}>
      <Search />
      <Filters />
      <Groups />
      <Columns />
      <Chosen />
    </div>
  )
}

function Search() {
  const [q = '', setQ] = useViewPart('q')
  const [typed, type] = useHeld(
    q,
    (text) => {
      setQ(text || undefined)
    },
    (text) => text.trim(),
  )
  const input = useRef<HTMLInputElement>(null)
  useKeys([['/', () => input.current?.focus()]])
  return (
    <TextInput
      ref={input}
      className={classes.search}
      size="xs"
      type="search"
      placeholder="Search  /"
      aria-label="Search the runs"
      leftSection={<SearchIcon size={14} />}
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        type(value)
      }}
    />
  )
}

function Filters() {
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
          <ActionIcon variant="default" size="lg" aria-label={active > 0 ? `Filters, ${active} in use` : 'Filters'} title="Filter">
            <FilterIcon size={16} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Choices label="Status" data={STATUS_CHOICES.map((each) => ({ value: each, label: each }))} value={status} onChange={(values) => {
            setStatus(filled(STATUS_CHOICES.filter((each) => values.includes(each))))
          }} />
          <Choices label="Network" data={offers.networks} value={network} onChange={(values) => { setNetwork(filled(values)) }} />
          <Choices label="Data set" data={offers.datasets} value={dataset} onChange={(values) => { setDataset(filled(values)) }} />
          <Choices label="Tag" data={offers.tags} value={tag} onChange={(values) => { setTag(filled(values)) }} />
          <Choices label="Experiment" data={offers.experiments} value={experiment.map(String)} onChange={(values) => { setExperiment(filled(values.map(Number))) }} />
          <Checkbox
            size="xs"
            label="Archived runs, too"
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
    networks: sorted(runs.map(({ spec }) => [spec.model, networkName(spec.model)] as const)),
    datasets: sorted(runs.map(({ spec }) => [spec.dataset, spec.dataset] as const)),
    tags: sorted(runs.flatMap(({ tags }) => tags.map((tag) => [tag, tag] as const))),
    experiments: sorted(runs.flatMap(({ experiment }) => (experiment ? [[String(experiment.id), `${experiment.name} (#${experiment.id})`] as const] : []))),
  }
}

function Groups() {
  const [group, setGroup] = useViewPart('group')
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant={group ? 'light' : 'default'} size="lg" aria-label={group ? `Groups: by ${group}` : 'Groups'} title="Group">
          <GroupIcon size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => { setGroup(undefined) }}>No groups{group === undefined && ' ✓'}</Menu.Item>
        {GROUPINGS.map((each) => (
          <Menu.Item key={each} onClick={() => { setGroup(each) }}>
            By {each}{group === each && ' ✓'}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function Columns() {
  const [chosen = [], choose] = useViewPart('columns')
  const [open, setOpen] = useState(false)
  const offered = useOffered(open)
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="md" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant={chosen.length > 0 ? 'light' : 'default'} size="lg" aria-label="Columns" title="Columns" onClick={() => { setOpen(!open) }}>
          <ColumnsIcon size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={classes.columnList}>
        {offered.map(({ id, title }) => (
          <Checkbox
            key={id}
            size="xs"
            label={title}
            checked={chosen.includes(id)}
            onChange={() => {
              const next = toggled(chosen, id)
              choose(next.length > 0 ? next : undefined)
            }}
          />
        ))}
      </Popover.Dropdown>
    </Popover>
  )
}

/** What one request takes. */
const MOST_EXPORTED = 1000

/** For the runs whose eye is open. */
function Chosen() {
  const { shown, show } = useSelection()
  const { runs } = useListed()
  const { target } = useView()
  const bulk = useBulk()
  const held = useLabPart('runs')
  const { ids, which } = plottable(runs)
  const unended = shown.filter((id) => ACTIVE.has(held.get(id)?.status ?? 'finished'))
  return (
    <Confirm>
      {(ask) => (
        <Menu position="bottom-end" shadow="md" withinPortal>
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label="More for many runs" title="More for many runs">
              <DotsIcon size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{plural(shown.length, 'run')} in the charts</Menu.Label>
            <Menu.Item renderRoot={(props) => <Link to="/compare" search={(view: View) => ({ ...keepView(view), runs: shown })} {...props} />} disabled={shown.length === 0}>
              Compare
            </Menu.Item>
            <Menu.Item renderRoot={(props) => <Link to="/evidence" search={(view: View) => ({ ...keepView(view), runs: shown })} {...props} />} disabled={shown.length === 0}>
              Judge the claims on them
            </Menu.Item>
            <Menu.Item
              disabled={unended.length === 0}
              onClick={() => {
                ask({
                  title: `Cancel ${plural(unended.length, 'run')}?`,
                  text: `${unended.length === 1 ? 'Its' : 'Their'} finished epochs are kept.`,
                  keep: unended.length === 1 ? 'Keep it' : 'Keep them',
                  go: `Cancel ${plural(unended.length, 'run')}`,
                  onGo: () => {
                    bulk.mutate({ action: 'cancel', runs: unended })
                  },
                })
              }}
            >
              Cancel those that have not ended{unended.length > 0 && ` (${whole(unended.length)})`}
            </Menu.Item>
            <Menu.Item
              disabled={shown.length === 0}
              onClick={() => {
                ask({
                  title: `Archive ${plural(shown.length, 'run')}?`,
                  text: 'They leave the table until archived runs are asked for. Each can be taken out again.',
                  keep: 'Leave them',
                  go: `Archive ${plural(shown.length, 'run')}`,
                  onGo: () => {
                    bulk.mutate({ action: 'archive', runs: [...shown] })
                  },
                })
              }}
            >
              Archive
            </Menu.Item>
            <Menu.Divider />
            <Menu.Label>{plural(runs.length, 'run')} in the table</Menu.Label>
            <Menu.Item
              onClick={() => {
                show(ids)
              }}
            >
              Show {which} in the charts
            </Menu.Item>
            <Menu.Item
              onClick={() => {
                downloadText(tableCsv(runs), 'skiplab-runs.csv', 'text/csv')
              }}
            >
              Download as CSV
            </Menu.Item>
            <Menu.Item component="a" href={addressOf('evidence/measures.csv', { runs: runs.slice(0, MOST_EXPORTED).map(({ id }) => id) }, target)} download="skiplab-measures.csv">
              {runs.length > MOST_EXPORTED ? `Measures of the first ${MOST_EXPORTED} (CSV)` : 'Measures (CSV)'}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </Confirm>
  )
}

