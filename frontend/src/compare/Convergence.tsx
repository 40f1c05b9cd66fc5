// How soon each run got to an accuracy, and how it ended: measured by the lab, the same numbers that claims are judged by.
import { Table, Text } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'

import { answer, api } from '../api/client'
import { asProblem } from '../api/problem'
import type { Run } from '../api/types'
import { duration, number, percent } from '../ui/format'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { Scroll } from '../ui/Scroll'
import classes from './compare.module.css'
import { bestOf } from './rows'

const TARGETS = [0.6, 0.7, 0.8, 0.9]

export function Convergence({ runs }: { runs: readonly Run[] }) {
  const asked = useMeasures(runs)
  const failed = asked.find(({ error }) => error)
  if (failed?.error) return <RequestError wanted="load the measures" problem={asProblem(failed.error)} onRetry={() => void failed.refetch()} />
  const values = (target: number, run: number): Partial<Record<string, number | null>> =>
    asked[TARGETS.indexOf(target)]?.data?.runs.find((each) => each.run === run)?.values ?? {}
  const columns = columnsOf(values)
  const best = columns.map(({ of, better }) => bestOf(runs.map(({ id }) => of(id)), better))
  return (
    <Panel title="Convergence" aside={<Text size="xs" c="dimmed">epochs and training time to an accuracy on the test set; finished runs</Text>}>
      <Scroll label="Convergence of the chosen runs" className={classes.scroll}>
        <Table className={classes.table ?? ''}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Run</Table.Th>
              {columns.map(({ title }) => (
                <Table.Th key={title} ta="right">
                  {title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {runs.map(({ id, name }) => (
              <Table.Tr key={id}>
                <Table.Th scope="row">
                  #{id} {name}
                </Table.Th>
                {columns.map(({ title, of, text }, place) => {
                  const value = of(id)
                  return (
                    <Table.Td key={title} ta="right" data-best={typeof value === 'number' && value === best[place]}>
                      {typeof value === 'number' ? text(id, value) : '–'}
                    </Table.Td>
                  )
                })}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </Panel>
  )
}

type Values = (target: number, run: number) => Partial<Record<string, number | null>>

interface Column {
  title: string
  of: (run: number) => number | null | undefined
  text: (run: number, value: number) => string
  better: 1 | -1
}

function columnsOf(values: Values): Column[] {
  const [any = 0] = TARGETS
  const share = (title: string, key: string, better: 1 | -1): Column => ({ title, of: (run) => values(any, run)[key], text: (_, value) => percent(value), better })
  return [
    ...TARGETS.map(
      (target): Column => ({
        title: `to ${Math.round(target * 100)} %`,
        of: (run) => values(target, run).epochs_to_target,
        text: (run, epochs) => {
          const seconds = values(target, run).seconds_to_target
          return `${number(epochs)} ep${typeof seconds === 'number' ? ` · ${duration(seconds)}` : ''}`
        },
        better: -1,
      }),
    ),
    share('Mean accuracy', 'accuracy_area', 1),
    share('Best', 'best_accuracy', 1),
    share('Last', 'final_accuracy', 1),
    share('Gap at the end', 'gap_at_end', -1),
  ]
}

function useMeasures(runs: readonly Run[]) {
  const ids = runs.map(({ id }) => id).join(',')
  const finished = runs.filter(({ status }) => status === 'finished').length
  return useQueries({
    queries: TARGETS.map((target) => ({
      queryKey: ['measures', ids, finished, target],
      queryFn: async () => (await answer(api.GET('/api/v1/evidence', { params: { query: { runs: ids, target } } }))).data,
      enabled: runs.length > 0,
    })),
  })
}
