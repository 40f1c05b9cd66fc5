// Upload a data set: a worker inspects the folder or archive; what is confirmed becomes a data set.
import { Code, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Import } from '../api/types'
import { useLabPart } from '../live/hooks'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import classes from './data.module.css'
import { ImportRow } from './ImportRow'
import { UploadForm } from './UploadForm'

/** Ended ones; older ones are history. */
const MOST_ENDED = 5

const ENDED: ReadonlySet<Import['status']> = new Set(['done', 'failed'])

export function OwnImages() {
  const { data, error, refetch } = useQuery({ queryKey: ['imports'], queryFn: async () => (await answer(api.GET('/api/v1/imports'))).data })
  const live = useLabPart('imports')
  // Later events are newer.
  const known = new Map([...((data?.items ?? []) as Import[]).map((each) => [each.id, each] as const), ...live])
  const newest = [...known.values()].filter(({ status }) => status !== 'cancelled').sort((a, b) => b.id - a.id)
  const ended = new Set(newest.filter(({ status }) => ENDED.has(status)).slice(0, MOST_ENDED))
  const recent = newest.filter((each) => ended.has(each) || !ENDED.has(each.status))
  return (
    <Panel title="Upload a data set">
      <div className={classes.body}>
        {error && <RequestError wanted="load the imports" problem={asProblem(error)} onRetry={() => void refetch()} />}
        {data?.allowed === true && <UploadForm largest={data.largest} />}
        {data?.allowed === false && (
          <Text size="sm" c="dimmed">
            Uploads are off because this server is reachable from other machines. Set <Code>SKIPLAB_ALLOW_UPLOADS=true</Code> to allow them.
          </Text>
        )}
        {recent.length > 0 && (
          <ul className={classes.imports} aria-label="Uploads">
            {recent.map((each) => (
              <ImportRow key={each.id} row={each} />
            ))}
          </ul>
        )}
        <Text size="sm" c="dimmed">
          From the command line, on the server:
        </Text>
        <Code block className={classes.command ?? ''}>
          .venv/bin/skiplab data import flowers ~/flowers
        </Code>
      </div>
    </Panel>
  )
}
