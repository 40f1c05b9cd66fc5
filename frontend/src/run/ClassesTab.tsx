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
import { useViewPart } from '../view/useView'
import { Asked, Nothing } from './Asked'
import { orNone } from './orNone'
import classes from './run.module.css'

type Matrix = paths['/api/v1/runs/{run_id}/confusion']['get']['responses'][200]['content']['application/json']

const NOTHING = 'Nothing yet: classes are counted at the end of each epoch, if the spec’s telemetry has them.'

export function ClassesTab({ run }: { run: Run }) {
  const [chosen, choose] = useViewPart('epoch')
  // While the thumb is held: the address follows when it is let go.
  const [held, hold] = useState<Moment | null>(null)
  const shown = held === null ? chosen : held.epoch
  const asked = useQuery({
    queryKey: ['confusion', run.id, shown ?? 'newest'],
    // A link may name an epoch that was not counted, or is gone since: then it is the newest.
    queryFn: async () => ({ asOf: run.epoch, counted: (shown === undefined ? null : await countedIn(run.id, shown)) ?? (await countedIn(run.id)) }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  useFollow(asked, run.epoch)
  return (
    <div className={classes.stack}>
      <Asked asked={asked} wanted="load the confusion matrix" nothing={NOTHING}>
        {({ counted }) => (counted === null ? <Nothing>{NOTHING}</Nothing> : <Counted
              {...counted}
              onHold={(epoch) => {
                hold({ epoch })
              }}
              onChoose={(epoch) => {
                choose(epoch)
                hold(null)
              }}
            />)}
      </Asked>
      <FigurePanel kind="class-accuracy" title="Classes over time" runs={[run.id]} help="The share of each class’s test images that were recognised after each epoch." />
    </div>
  )
}

/** An epoch; undefined for the newest, whichever that is. */
interface Moment {
  epoch: number | undefined
}

function countedIn(run: number, epoch?: number): Promise<Matrix | null> {
  const query = epoch === undefined ? {} : { epoch }
  return orNone(answer(api.GET('/api/v1/runs/{run_id}/confusion', { params: { path: { run_id: run }, query } })))
}

interface CountedProps extends Matrix {
  /** While the slider moves. */
  onHold: (epoch: Moment['epoch']) => void
  /** Where it has come to rest. */
  onChoose: (epoch: Moment['epoch']) => void
}

function Counted({ epoch, epochs, counts, classes: names, onHold, onChoose }: CountedProps) {
  const at = (place: number): Moment['epoch'] => (place === epochs.length - 1 ? undefined : epochs[place])
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
              onHold(at(place))
            }}
            onChangeEnd={(place) => {
              onChoose(at(place))
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
