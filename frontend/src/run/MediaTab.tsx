// The images that the run's client has logged, one panel a key, with a slider over the steps.
import { Slider, Stack } from '@mantine/core'
import { useState } from 'react'

import { addressOf, useFiles } from '../api/files'
import type { Run } from '../api/types'
import { whole } from '../lib/format'
import { Panel } from '../ui/Panel'
import { Loaded, Nothing } from './Loaded'
import { loggedImages, type Logged } from './media'
import classes from './run.module.css'

export function MediaTab({ run }: { run: Run }) {
  return (
    <Loaded asked={useFiles(run)} wanted="load the files" nothing="There are no files.">
      {(files) => {
        const logged = loggedImages(files)
        if (logged.length === 0) return <Nothing>No images were logged.</Nothing>
        return (
          <Stack gap="md">
            {logged.map((each) => (
              <Images key={each.key} run={run} logged={each} />
            ))}
          </Stack>
        )
      }}
    </Loaded>
  )
}

function Images({ run, logged: { key, steps, images } }: { run: Run; logged: Logged }) {
  /** Null follows the newest. */
  const [chosen, choose] = useState<number | null>(null)
  const place = chosen ?? steps.length - 1
  const step = steps[place] ?? 0
  return (
    <Panel
      title={key}
      aside={<span className={classes.mistakeSure}>step {whole(step)}</span>}
      actions={
        steps.length > 1 && (
          <Slider
            w={240}
            min={0}
            max={steps.length - 1}
            step={1}
            label={null}
            thumbLabel={`Step of ${key}`}
            value={place}
            onChange={(next) => {
              choose(next === steps.length - 1 ? null : next)
            }}
          />
        )
      }
    >
      <div className={classes.images}>
        {(images.get(step) ?? []).map((path) => (
          <img key={path} src={addressOf(run, path)} alt={`${key} at step ${step}`} className={classes.image} />
        ))}
      </div>
    </Panel>
  )
}
