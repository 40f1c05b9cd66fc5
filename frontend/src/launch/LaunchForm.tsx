// The launch form: networks, data set, seeds, preset, settings. It holds a draft, and sends it.
import { TextInput } from '@mantine/core'
import { memo, useEffect, useRef, useState } from 'react'

import { useDatasets } from '../api/catalog'
import { mistakes, type Mistakes, type Problem } from '../api/problem'
import { FIELDS } from '../model/fields'
import { CarriedField } from './CarriedField'
import { DatasetField } from './DatasetField'
import { blankDraft, type Draft } from './draft'
import { focusField } from './focusField'
import { countRuns, gridNote, summary, tooMany } from './grid'
import classes from './launch.module.css'
import { LaunchFooter } from './LaunchFooter'
import { NetworkPicker } from './NetworkPicker'
import { openProblems } from './openProblems'
import { PresetField } from './PresetField'
import { SeedsField } from './SeedsField'
import { isFolded, Settings } from './Settings'
import { submissionOf } from './submission'
import { useDefaults } from './useDefaults'
import { useDraft, type DraftState } from './useDraft'
import { useEstimate } from './useEstimate'
import { useLaunch } from './useLaunch'

const DATASET = FIELDS.find(({ name }) => name === 'dataset')
const KNOWN = new Set(['name', ...FIELDS.map(({ name }) => name)])

const NO_MISTAKES: Mistakes = { at: {}, elsewhere: [] }

interface LaunchFormProps {
  /** What the form begins with; a draft is begun once. */
  first?: Draft | undefined
  /** How many runs that draft duplicates. */
  duplicated?: number
}

export const LaunchForm = memo(function LaunchForm({ first = blankDraft(), duplicated = 0 }: LaunchFormProps) {
  const [begun] = useState(first)
  const state = useDraft(begun)
  const { draft } = state
  const { defaults } = useDefaults(draft.models, draft.preset)
  const launch = useLaunch()
  const form = useRef<HTMLFormElement>(null)
  // What is brought along is visible at first.
  const [open, setOpen] = useState(isFolded(Object.keys({ ...begun.values, ...begun.carried })))
  const { at, elsewhere } = launch.error ? openProblems(launch.error, KNOWN, launch.variables, draft) : NO_MISTAKES
  const overfull = tooMany(draft)
  const runs = overfull ? 0 : countRuns(draft)
  const estimate = useEstimate(submissionOf(draft, FIELDS), runs > 0)

  const refused = launch.error
  useEffect(() => {
    if (refused && form.current) focusField(form.current, new Set(Object.keys(mistakes(refused, KNOWN).at)))
  }, [refused])
  const onError = (problem: Problem): void => {
    // A mistake must not hide behind a closed fold, nor the fold close over it once it is put right.
    if (isFolded(Object.keys(mistakes(problem, KNOWN).at))) setOpen(true)
  }
  const isRefused = elsewhere.length > 0 || Object.keys(at).length > 0

  return (
    <form
      ref={form}
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (overfull) focusField(event.currentTarget, new Set(['seed']))
        else launch.mutate(draft, { onError })
      }}
      noValidate
    >
      <div className={classes.body}>
        <WhatToTrain state={state} errors={overfull ? { ...at, seed: overfull } : at} />
        <PresetField value={draft.preset} onChange={state.setPreset} />
        <Settings state={state} defaults={defaults} errors={at} open={open} onOpen={setOpen} />
        <TextInput
          name="name"
          label="Name"
          placeholder="Generated from settings"
          autoComplete="off"
          error={at.name}
          value={draft.name}
          onChange={({ currentTarget: { value: name } }) => {
            state.change({ name })
          }}
        />
      </div>
      <LaunchFooter
        refusal={isRefused ? elsewhere.join(' ') || 'Check the highlighted fields.' : null}
        note={gridNote(duplicated, begun, draft)}
        summary={overfull ? 'Too many runs in one launch.' : summary(draft, FIELDS)}
        estimate={runs > 0 ? estimate : ''}
        runs={runs}
        loading={launch.isPending}
        disabled={draft.models.length === 0}
      />
    </form>
  )
})

interface WhatToTrainProps {
  state: DraftState
  errors: Readonly<Record<string, string>>
}

/** Networks, data set and seeds. */
function WhatToTrain({ state, errors }: WhatToTrainProps) {
  const { draft } = state
  const { data: datasets } = useDatasets()
  return (
    <>
      <NetworkPicker
        value={draft.models}
        imageShape={datasets?.find(({ key }) => key === draft.dataset)?.image_shape}
        error={errors.model}
        onChange={state.setNetworks}
        onSet={({ seeds }, models) => {
          state.change({ models, seeds, seedsTyped: false })
        }}
      />
      <div className={classes.fields}>
        {DATASET && draft.carried.dataset ? (
          <CarriedField field={DATASET} values={draft.carried.dataset} error={errors.dataset} onReset={() => { state.reset('dataset') }} />
        ) : (
          <DatasetField
            value={draft.dataset}
            error={errors.dataset}
            onChange={(dataset) => {
              state.change({ dataset })
            }}
          />
        )}
        <SeedsField
          value={draft.seeds}
          comparing={draft.models.length > 1}
          error={errors.seed}
          onChange={(seeds) => {
            state.change({ seeds, seedsTyped: true })
          }}
        />
      </div>
    </>
  )
}
