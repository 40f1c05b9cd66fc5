// How soon each run got to an accuracy, and how it ended: measured by the lab, the same numbers that claims are judged by.
import { Skeleton, Table, Text } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'

import { asProblem } from '../api/problem'
import type { Measured, Run } from '../api/types'
import { duration, number, percent } from '../ui/format'
import { Guard } from '../ui/Guard'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import classes from './compare.module.css'
import { measuresQuery, TARGETS } from './measures'
import { bestOf } from './rows'

export function Convergence({ runs }: { runs: readonly Run[] }) {
  const asked = useQueries({ queries: TARGETS.map((target) => measuresQuery(runs, target)) })
  const failed = asked.find(({ error }) => error)
  const answers = asked.flatMap(({ data }) => data ?? [])
  return (
    <Panel title="Convergence" aside={<Text size="xs" c="dimmed">epochs and training time to an accuracy on the test set; finished runs</Text>}>
      <Guard
        wanted="load the measures"
        found={answers.length === TARGETS.length ? answers : undefined}
        problem={failed?.error ? asProblem(failed.error) : null}
        onRetry={() => void failed?.refetch()}
        waiting={<Skeleton height={160} width="auto" m="md" />}
      >
        {(found) => <Measures runs={runs} measured={found} />}
      </Guard>
    </Panel>
  )
}

/** `measured`: one answer for each of the targets. */
function Measures({ runs, measured }: { runs: readonly Run[]; measured: readonly Measured[] }) {
  const values: Values = (target, run) => measured[TARGETS.findIndex((each) => each === target)]?.runs.find((each) => each.run === run)?.values ?? {}
  const columns = columnsOf(values)
  const best = columns.map(({ of, better }) => bestOf(runs.map(({ id }) => of(id)), better))
  return (
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
  const [any] = TARGETS
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
