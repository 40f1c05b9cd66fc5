// What workers do beside training: what waits or runs, and what has failed of late.
import { Text } from '@mantine/core'

import { useNetworkName } from '../api/catalog'
import { unanswered } from '../api/problem'
import { useErrands } from '../live/useErrands'
import { dateTime } from '../lib/format'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { ErrandState } from './ErrandState'
import classes from './errands.module.css'
import { listed } from './listed'
import { workOf } from './words'

export function ErrandsPanel() {
  const { errands, asked } = useErrands()
  const networkName = useNetworkName()
  const problem = unanswered(asked)
  const rows = listed(errands)
  if (problem === null && rows.length === 0) return null
  return (
    <Panel title="Errands" aside={<Text size="xs" c="dimmed">measurements, previews and imports, beside training</Text>}>
      {problem && <RequestError wanted="load the errands" problem={problem} onRetry={() => void asked.refetch()} />}
      <ul className={classes.list} aria-label="Errands">
        {rows.map((errand) => {
          const work = workOf(errand, networkName)
          return (
            <li key={errand.id}>
              <Text span size="sm">{work}</Text>
              <div className={classes.more}>
                {errand.ended_at && <Text span size="xs" c="dimmed">{dateTime(errand.ended_at)}</Text>}
                <ErrandState errand={errand} what={`errand ${errand.id}, ${work}`} />
              </div>
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
