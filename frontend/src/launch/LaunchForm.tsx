import { Alert, Button, Collapse, Group, Text, TextInput } from '@mantine/core'
import { memo, useEffect, useRef, useState, type ReactNode } from 'react'

import { useDatasets, useModels } from '../api/catalog'
import { mistakes, type Mistakes, type Problem } from '../api/problem'
import type { Run } from '../api/types'
import { plural } from '../lib/format'
import { useSession } from '../live/hooks'
import { FIELDS, isFirst, type Field } from '../model/fields'
import { CarriedField } from './CarriedField'
import { DatasetField } from './DatasetField'
import { blankDraft, commonDefaults, countRuns, draftOf, followingSeeds, gridNote, preferredDataset, rebased, settingFields, submissionOf, summary, tooMany, untouched, type Base, type Draft } from './draft'
import { focusField } from './focusField'
import classes from './launch.module.css'
import { NetworkPicker } from './NetworkPicker'
import { openProblems } from './openProblems'
import { RecipeField, useRecipes } from './RecipeField'
import { SeedsField } from './SeedsField'
import { SettingField } from './SettingField'
import { useEstimate } from './useEstimate'
import { useLaunch } from './useLaunch'
import { useSources } from './useSources'

const SETTINGS = settingFields(FIELDS)
/** Every other field of the spec is one click further. */
const MAIN_FIELDS = SETTINGS.filter(({ name }) => isFirst(name))
const MORE_FIELDS = SETTINGS.filter(({ name }) => !isFirst(name))
const DATASET = FIELDS.find(({ name }) => name === 'dataset')
const KNOWN = new Set(['name', ...FIELDS.map(({ name }) => name)])

const NO_MISTAKES: Mistakes = { at: {}, elsewhere: [] }

interface LaunchFormProps {
  /** The run that it begins with. It is held by now: a draft is begun once. */
  clone?: number | undefined
  /** With all runs of that run's experiment. */
  whole?: boolean
  /** The data set that it begins with. */
  on?: string | undefined
}

export const LaunchForm = memo(function LaunchForm({ clone, whole = false, on = '' }: LaunchFormProps) {
  const { store } = useSession()
  const datasets = useDatasets()
  const models = useModels()
  const [cloned] = useState(() => begunWith(store.get().runs, clone, whole))
  const [begun] = useState<Draft>(() => draftOf(cloned, FIELDS, models.data) ?? { ...blankDraft(FIELDS), dataset: on })
  const [typed, setDraft] = useState(begun)
  // What is brought along is in sight at first.
  const [more, setMore] = useState(MORE_FIELDS.some(({ name }) => name in begun.carried))
  const launch = useLaunch()
  const recipes = useRecipes()

  const draft = { ...typed, dataset: typed.dataset || (preferredDataset(datasets.data ?? [])?.key ?? '') }
  const change = (part: Partial<Draft>): void => {
    setDraft((before) => ({ ...before, ...part }))
  }
  const { at, elsewhere } = launch.error ? openProblems(launch.error, KNOWN, launch.variables.draft, draft) : NO_MISTAKES
  const overfull = tooMany(draft)
  const runs = overfull ? 0 : countRuns(draft)
  const note = gridNote(cloned.length, begun, draft)
  const baseOf = ({ preset, models: chosen }: Pick<Draft, 'preset' | 'models'>): Base => ({
    preset: recipes.find(({ key }) => key === preset),
    network: commonDefaults((models.data ?? []).filter(({ key }) => chosen.includes(key))),
  })
  const base = baseOf(draft)
  const submission = submissionOf(draft, FIELDS, base)
  const estimate = useEstimate(submission, runs > 0)
  const sources = useSources(submission)

  const form = useRef<HTMLFormElement>(null)
  const refused = launch.error
  useEffect(() => {
    if (refused && form.current) focusField(form.current, new Set(Object.keys(mistakes(refused, KNOWN).at)))
  }, [refused])
  const openAt = (problem: Problem): void => {
    // A mistake must not hide behind a closed fold, nor the fold close over it once it is put right.
    if (MORE_FIELDS.some(({ name }) => name in mistakes(problem, KNOWN).at)) setMore(true)
  }

  const choose = (chosen: readonly string[], seeds: Pick<Draft, 'seeds' | 'seedsTyped'>): void => {
    change({ models: chosen, ...seeds, values: rebased(draft, FIELDS, base, baseOf({ ...draft, models: chosen })) })
  }

  const carriedField = (field: Field, values: readonly unknown[]): ReactNode => (
    <CarriedField
      key={field.name}
      field={field}
      values={values}
      error={at[field.name]}
      onDrop={() => {
        change({ carried: Object.fromEntries(Object.entries(draft.carried).filter(([name]) => name !== field.name)) })
      }}
    />
  )
  const settings = (fields: typeof SETTINGS): ReactNode => (
    <div className={classes.fields}>
      {fields.map((field) => {
        const carried = draft.carried[field.name]
        return carried ? carriedField(field, carried) : (
          <SettingField
            key={field.name}
            field={field}
            value={draft.values[field.name] ?? field.initial}
            error={at[field.name]}
            source={sources[field.name]}
            onChange={(value) => {
              change({ values: { ...draft.values, [field.name]: value } })
            }}
          />
        )
      })}
    </div>
  )

  return (
    <form
      ref={form}
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (overfull) focusField(event.currentTarget, new Set(['seed']))
        else launch.mutate({ draft, base }, { onError: openAt })
      }}
      noValidate
    >
      <div className={classes.body}>
        <NetworkPicker
          value={draft.models}
          imageShape={datasets.data?.find(({ key }) => key === draft.dataset)?.image_shape}
          error={at.model}
          onChange={(chosen) => {
            choose(chosen, { seeds: followingSeeds(draft, chosen, FIELDS), seedsTyped: draft.seedsTyped })
          }}
          onPreset={(preset, chosen) => {
            choose(chosen, { seeds: preset.seeds, seedsTyped: false })
          }}
        />
        <div className={classes.fields}>
          {DATASET && draft.carried.dataset ? carriedField(DATASET, draft.carried.dataset) : (
            <DatasetField
              value={draft.dataset}
              error={at.dataset}
              onChange={(dataset) => {
                change({ dataset })
              }}
            />
          )}
          <SeedsField
            value={draft.seeds}
            comparing={draft.models.length > 1}
            error={overfull || at.seed}
            onChange={(seeds) => {
              change({ seeds, seedsTyped: true })
            }}
          />
        </div>
        <RecipeField
          recipes={recipes}
          value={draft.preset}
          onChange={(preset) => {
            const next = untouched(FIELDS, baseOf({ ...draft, preset }))
            change({ preset, values: { ...draft.values, ...recipeValues(next, draft.values) } })
          }}
        />
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
        {/* At once: what is still unfolding can have no focus. */}
        <Collapse expanded={more} transitionDuration={0}>{settings(MORE_FIELDS)}</Collapse>
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
        {(elsewhere.length > 0 || Object.keys(at).length > 0) && (
          <Alert color="red" variant="light" role="alert" p="xs" title="The lab did not take this">
            {elsewhere.length > 0 ? elsewhere.join(' ') : 'See the fields marked in red.'}
          </Alert>
        )}
        {note && (
          <Alert color="yellow" variant="light" p="xs">
            {note}
          </Alert>
        )}
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" c="dimmed" aria-live="polite">
            {overfull ? 'Too many runs at once.' : summary(draft, FIELDS)}
            {estimate && runs > 0 && <span className={classes.estimate}>{estimate}</span>}
          </Text>
          <Button type="submit" className={classes.submit} loading={launch.isPending} disabled={draft.models.length === 0}>
            {runs > 1 ? `Launch ${plural(runs, 'run')}` : 'Launch'}
          </Button>
        </Group>
      </div>
    </form>
  )
})

function begunWith(runs: ReadonlyMap<number, Run>, clone: number | undefined, whole: boolean): Run[] {
  const run = clone === undefined ? undefined : runs.get(clone)
  if (run === undefined) return []
  return whole && run.experiment ? [...runs.values()].filter(({ experiment }) => experiment?.id === run.experiment?.id) : [run]
}

/** The fields that a recipe may set; which network, data set and seed stay as they are. */
function recipeValues(base: Draft['values'], held: Draft['values']): Draft['values'] {
  const kept = ['model', 'dataset', 'seed', 'train_limit', 'test_limit'].map((name) => [name, held[name] ?? ''] as const)
  return { ...base, ...Object.fromEntries(kept) }
}
