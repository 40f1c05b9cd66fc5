// What the test images of each class were taken for, epoch by epoch.
import { Slider, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { answer, api } from '../api/client'
import type { paths } from '../api/schema'
import type { Run } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'
import { useFollow } from '../live/useFollow'
import { percent, plural, whole } from '../ui/format'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import { Asked, Nothing } from './Asked'
import { orNone } from './orNone'
import classes from './run.module.css'

type Matrix = paths['/api/v1/runs/{run_id}/confusion']['get']['responses'][200]['content']['application/json']

const NOTHING = 'Nothing yet: classes are counted at the end of each epoch, if the spec’s telemetry has them.'

export function ClassesTab({ run }: { run: Run }) {
  const [chosen, choose] = useState<number | null>(null)
  const asked = useQuery({
    queryKey: ['confusion', run.id, chosen ?? 'newest'],
    queryFn: async () => {
      const query = chosen === null ? {} : { epoch: chosen }
      const counted = await orNone(answer(api.GET('/api/v1/runs/{run_id}/confusion', { params: { path: { run_id: run.id }, query } })))
      return { asOf: run.epoch, counted }
    },
    placeholderData: keepPreviousData,
    retry: false,
  })
  useFollow(asked, run.epoch)
  return (
    <div className={classes.stack}>
      <Asked asked={asked} wanted="load the confusion matrix" nothing={NOTHING}>
        {({ counted }) => (counted === null ? <Nothing>{NOTHING}</Nothing> : <Counted {...counted} onChoose={choose} />)}
      </Asked>
      <FigurePanel kind="class-accuracy" title="Classes over time" runs={[run.id]} help="The share of each class’s test images that were recognised after each epoch." />
    </div>
  )
}

/** `onChoose`: an epoch; null for the newest, whichever that is. */
function Counted({ epoch, epochs, counts, classes: names, onChoose }: Matrix & { onChoose: (epoch: number | null) => void }) {
  return (
    <Panel title={`Classes in epoch ${epoch}`} aside={<Text size="xs" c="dimmed">rows are the true classes; test set</Text>}>
      {epochs.length > 1 && (
        <div className={classes.slider}>
          <Text size="xs" c="dimmed">
            Epoch
          </Text>
          <Slider
            flex={1}
            min={0}
            max={epochs.length - 1}
            value={Math.max(0, epochs.indexOf(epoch))}
            label={(place) => epochs[place]}
            thumbLabel="Epoch"
            onChange={(place) => {
              onChoose(place === epochs.length - 1 ? null : (epochs[place] ?? null))
            }}
          />
        </div>
      )}
      <Confusion counts={counts} names={names ?? counts.map((_, place) => String(place))} />
    </Panel>
  )
}

function Confusion({ counts, names }: { counts: number[][]; names: readonly string[] }) {
  return (
    <Scroll label="What each class was taken for" className={classes.whole}>
      <table className={classes.confusion}>
        <thead>
          <tr>
            <th scope="col">true \ taken for</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">right</th>
          </tr>
        </thead>
        <tbody>
          {counts.map((row, truth) => {
            const all = row.reduce((sum, count) => sum + count, 0)
            return (
              <tr key={names[truth]}>
                <th scope="row">{names[truth]}</th>
                {row.map((count, taken) => {
                  const share = all > 0 ? count / all : 0
                  return (
                    <td
                      key={names[taken]}
                      title={`${plural(count, 'image')} of ${names[truth] ?? ''} taken for ${names[taken] ?? ''}`}
                      data-right={truth === taken}
                      style={{ '--share': `${Math.round(Math.sqrt(share) * 50)}%` } as React.CSSProperties}
                    >
                      {count > 0 ? whole(count) : ''}
                    </td>
                  )
                })}
                <td className={classes.recall}>{all > 0 ? percent((row[truth] ?? 0) / all) : '–'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Scroll>
  )
}
