import { Alert, Button, Collapse, Group, Text, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'

import { useDatasets } from '../api/catalog'
import { mistakes, type Mistakes } from '../api/problem'
import { plural } from '../ui/format'
import { DatasetField } from './DatasetField'
import { blankDraft, countRuns, FIELDS, preferredDataset, settingFields, type Draft } from './draft'
import classes from './launch.module.css'
import { NetworkPicker } from './NetworkPicker'
import { SettingField } from './SettingField'
import { useLaunch } from './useLaunch'

/** What most launches change; every other field of the spec is one click further. */
const MAIN = ['epochs', 'batch_size', 'optimizer', 'learning_rate', 'schedule', 'weight_decay', 'augment']

const SETTINGS = settingFields(FIELDS)
const MAIN_FIELDS = SETTINGS.filter(({ name }) => MAIN.includes(name))
const MORE_FIELDS = SETTINGS.filter(({ name }) => !MAIN.includes(name))
const SEED = FIELDS.find(({ name }) => name === 'seed')
const KNOWN = new Set(['name', ...FIELDS.map(({ name }) => name)])

const NO_MISTAKES: Mistakes = { at: {}, elsewhere: [] }

export function LaunchForm() {
  const [typed, setDraft] = useState<Draft>(() => blankDraft(FIELDS))
  const [asked, setMore] = useState(false)
  const datasets = useDatasets()
  const launch = useLaunch()

  const draft = { ...typed, dataset: typed.dataset || (preferredDataset(datasets.data ?? [])?.key ?? '') }
  const change = (part: Partial<Draft>): void => {
    setDraft((before) => ({ ...before, ...part }))
  }
  const { at, elsewhere } = launch.error ? mistakes(launch.error, KNOWN) : NO_MISTAKES
  // A mistake must not hide behind a closed fold.
  const more = asked || MORE_FIELDS.some(({ name }) => name in at)
  const runs = countRuns(draft)

  const settings = (fields: typeof SETTINGS): ReactNode => (
    <div className={classes.fields}>
      {fields.map((field) => (
        <SettingField
          key={field.name}
          field={field}
          value={draft.values[field.name] ?? field.initial}
          error={at[field.name]}
          onChange={(value) => {
            change({ values: { ...draft.values, [field.name]: value } })
          }}
        />
      ))}
    </div>
  )

  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        launch.mutate(draft)
      }}
      noValidate
    >
      <div className={classes.body}>
        <NetworkPicker
          value={draft.models}
          error={at.model}
          onChange={(models) => {
            change({ models })
          }}
        />
        <div className={classes.fields}>
          <DatasetField
            value={draft.dataset}
            error={at.dataset}
            onChange={(dataset) => {
              change({ dataset })
            }}
          />
          <TextInput
            name="seed"
            label={SEED?.title ?? 'Seed'}
            description={`${SEED?.help ?? ''} Several: 0, 1, 2 or 0-4.`}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            autoComplete="off"
            error={at.seed}
            value={draft.seeds}
            onChange={(event) => {
              change({ seeds: event.currentTarget.value })
            }}
          />
        </div>
        {settings(MAIN_FIELDS)}
        <Button
          variant="subtle"
          size="compact-sm"
          className={classes.fold}
          aria-expanded={more}
          onClick={() => {
            setMore(!more)
          }}
        >
          {more ? 'Fewer settings' : `More settings (${MORE_FIELDS.length})`}
        </Button>
        <Collapse expanded={more}>{settings(MORE_FIELDS)}</Collapse>
        <TextInput
          name="name"
          label="Name"
          placeholder="made from the settings"
          autoComplete="off"
          error={at.name}
          value={draft.name}
          onChange={(event) => {
            change({ name: event.currentTarget.value })
          }}
        />
      </div>
      <div className={classes.foot}>
        {launch.error && (
          <Alert color="red" variant="light" role="alert" p="xs" title="The lab did not take this">
            {elsewhere.length > 0 ? elsewhere.join(' ') : 'See the fields marked in red.'}
          </Alert>
        )}
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" c="dimmed" aria-live="polite">
            {summary(draft, runs)}
          </Text>
          <Button type="submit" loading={launch.isPending} disabled={draft.models.length === 0}>
            {runs > 1 ? `Launch ${plural(runs, 'run')}` : 'Launch'}
          </Button>
        </Group>
      </div>
    </form>
  )
}

function summary({ models }: Draft, runs: number): string {
  if (models.length === 0) return 'Choose at least one network.'
  if (runs === models.length) return plural(models.length, 'network')
  return `${plural(models.length, 'network')} × ${plural(runs / models.length, 'seed')}`
}
