// What the test images of each class were taken for, epoch by epoch.
import { SegmentedControl, Slider, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'

import { answer, api } from '../api/client'
import type { paths } from '../api/schema'
import type { Run } from '../api/types'
import { FigurePanel } from '../figures/FigurePanel'
import { whole } from '../lib/format'
import { useFollow } from '../live/useFollow'
import { Panel } from '../ui/Panel'
import { useHeld } from '../ui/useHeld'
import { useViewPart } from '../view/useView'
import { ConfusionPicture } from './confusion/ConfusionPicture'
import { ConfusionTable } from './confusion/ConfusionTable'
import { Loaded, Nothing } from './Loaded'
import { momentAt, placeOf, type Moment } from './moments'
import { nullIfMissing } from './nullIfMissing'
import styles from './run.module.css'

type Matrix = paths['/api/v1/runs/{run_id}/confusion']['get']['responses'][200]['content']['application/json']

const NOTHING = 'No data yet: the confusion matrix is recorded after each epoch if telemetry includes classes.'

/** Up to this many classes the table shows all; of more, the most confused. */
const MOST_ROWS = 20

export function ClassesTab({ run }: { run: Run }) {
  const [shown, show] = useHeld<Moment>(...useViewPart('epoch'))
  const [all, setAll] = useState(false)
  const asked = useQuery({
    queryKey: ['confusion', run.id, shown ?? 'newest', all],
    // If the epoch of a link has no matrix, the latest one is shown.
    queryFn: async () => ({ asOf: run.epoch, counted: (shown === undefined ? null : await countedIn(run.id, all, shown)) ?? (await countedIn(run.id, all)) }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  useFollow(asked, run.epoch)
  return (
    <div className={styles.stack}>
      <Loaded asked={asked} wanted="load the confusion matrix" nothing={NOTHING}>
        {({ counted }) => (counted === null ? <Nothing>{NOTHING}</Nothing> : <Counted {...counted} moment={shown} onShow={show} all={all} onAll={setAll} />)}
      </Loaded>
      <FigurePanel kind="class-accuracy" runs={[run.id]} />
    </div>
  )
}

function countedIn(run: number, all: boolean, epoch?: number): Promise<Matrix | null> {
  const query = { ...(epoch !== undefined && { epoch }), ...(!all && { most: MOST_ROWS }) }
  return nullIfMissing(answer(api.GET('/api/v1/runs/{run_id}/confusion', { params: { path: { run_id: run }, query } })))
}

interface CountedProps extends Matrix {
  /** Where the slider is. */
  moment: Moment
  onShow: (moment: Moment) => void
  /** Whether all classes are shown. */
  all: boolean
  onAll: (all: boolean) => void
}

function Counted({ epoch, epochs, counts, classes, total, shown, moment, onShow, all, onAll }: CountedProps) {
  const names = useMemo(() => classes ?? counts.map((_, place) => String(place)), [classes, counts])
  return (
    <Panel
      title={`Confusion matrix (epoch ${epoch})`}
      aside={<Text size="xs" c="dimmed">{shown ? `${shown.length} most confused of ${whole(total)} classes; ` : ''}test set</Text>}
      actions={
        total > MOST_ROWS && (
          <SegmentedControl
            size="xs"
            aria-label="Classes shown"
            value={all ? 'all' : 'most'}
            data={[
              { value: 'most', label: 'Most confused' },
              { value: 'all', label: `All ${whole(total)}` },
            ]}
            onChange={(value) => {
              onAll(value === 'all')
            }}
          />
        )
      }
    >
      {epochs.length > 1 && (
        <div className={styles.slider}>
          <Text size="xs" c="dimmed">
            Epoch
          </Text>
          <Slider
            flex={1}
            min={0}
            max={epochs.length - 1}
            value={placeOf(epochs, moment, epoch)}
            label={(place) => epochs[place]}
            thumbLabel="Epoch"
            onChange={(place) => {
              onShow(momentAt(epochs, place))
            }}
          />
        </div>
      )}
      {counts.length > MOST_ROWS + 1 ? <ConfusionPicture counts={counts} names={names} /> : <ConfusionTable counts={counts} names={names} others={shown != null} />}
    </Panel>
  )
}
