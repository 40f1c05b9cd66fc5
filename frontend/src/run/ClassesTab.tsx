// What the test images of each class were taken for, epoch by epoch.
import { Slider, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import type { paths } from '../api/schema'
import type { Run } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'
import { useFollow } from '../live/useFollow'
import { percent, plural, whole } from '../ui/format'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import { useHeld } from '../ui/useHeld'
import { useViewPart } from '../view/useView'
import { Asked, Nothing } from './Asked'
import { momentAt, placeOf, type Moment } from './moments'
import { orNone } from './orNone'
import classes from './run.module.css'

type Matrix = paths['/api/v1/runs/{run_id}/confusion']['get']['responses'][200]['content']['application/json']

const NOTHING = 'Nothing yet: classes are counted at the end of each epoch, if the spec’s telemetry has them.'

export function ClassesTab({ run }: { run: Run }) {
  const [shown, show] = useHeld<Moment>(...useViewPart('epoch'))
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
        {({ counted }) => (counted === null ? <Nothing>{NOTHING}</Nothing> : <Counted {...counted} shown={shown} onShow={show} />)}
      </Asked>
      <FigurePanel kind="class-accuracy" title="Classes over time" runs={[run.id]} help="The share of each class’s test images that were recognised after each epoch." />
    </div>
  )
}

function countedIn(run: number, epoch?: number): Promise<Matrix | null> {
  const query = epoch === undefined ? {} : { epoch }
  return orNone(answer(api.GET('/api/v1/runs/{run_id}/confusion', { params: { path: { run_id: run }, query } })))
}

interface CountedProps extends Matrix {
  /** Where the slider is. */
  shown: Moment
  onShow: (moment: Moment) => void
}

function Counted({ epoch, epochs, counts, classes: names, shown, onShow }: CountedProps) {
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
            value={placeOf(epochs, shown, epoch)}
            label={(place) => epochs[place]}
            thumbLabel="Epoch"
            onChange={(place) => {
              onShow(momentAt(epochs, place))
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
