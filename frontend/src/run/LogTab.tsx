// What the trainer wrote, growing while it writes.
import { Switch, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'

import { answer, api } from '../api/client'
import type { Run } from '../api/types'
import { useLabValue } from '../live/hooks'
import { useFollow } from '../live/useFollow'
import { Panel } from '../ui/Panel'
import { useHeld } from '../ui/useHeld'
import { useViewPart } from '../view/useView'
import { Loaded, Nothing } from './Loaded'
import classes from './run.module.css'

const MOST_LINES = 2000

export function LogTab({ run }: { run: Run }) {
  const newest = useLabValue(({ logs }) => logs.get(run.id) ?? 0)
  const [chosen = '', choose] = useViewPart('sought')
  const [sought, seek] = useHeld(
    chosen,
    (text) => {
      choose(text || undefined)
    },
    (text) => text.trim(),
  )
  const [follow, setFollow] = useState(true)
  const end = useRef<HTMLDivElement>(null)
  const asked = useQuery({
    queryKey: ['log', run.id],
    queryFn: async () => {
      const query = { limit: MOST_LINES }
      const { items } = (await answer(api.GET('/api/v1/runs/{run_id}/logs', { params: { path: { run_id: run.id }, query } }))).data
      return { asOf: newest, lines: items }
    },
  })
  useFollow(asked, newest)
  // Not the number of lines: a long log drops one for each new one.
  const last = asked.data?.lines.at(-1)?.id
  useEffect(() => {
    if (follow) end.current?.scrollIntoView({ block: 'nearest' })
  }, [follow, last])
  return (
    <Loaded asked={asked} wanted="load the log" nothing="There is no log.">
      {({ lines }) =>
        lines.length === 0 ? (
          <Nothing>The log is empty.</Nothing>
        ) : (
          <Panel
            title="Log"
            aside={lines.length === MOST_LINES && <Text size="xs" c="dimmed">last {MOST_LINES} lines</Text>}
            actions={
              <>
                <TextInput size="xs" type="search" placeholder="Search" aria-label="Search the log" value={sought} onChange={({ currentTarget: { value } }) => { seek(value) }} />
                <Switch size="xs" label="Follow" checked={follow} onChange={({ currentTarget: { checked } }) => { setFollow(checked) }} />
              </>
            }
          >
            <div className={classes.log} tabIndex={0} role="log" aria-label="Lines of the log">
              {lines
                .filter(({ text }) => text.toLowerCase().includes(sought.trim().toLowerCase()))
                .map(({ id, time, level, text }) => (
                  <div key={id} data-level={level}>
                    <time dateTime={time}>{new Date(time).toLocaleTimeString()}</time> {text}
                  </div>
                ))}
              <div ref={end} />
            </div>
          </Panel>
        )
      }
    </Loaded>
  )
}
