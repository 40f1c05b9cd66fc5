// How soon each run reached an accuracy, and how it ended: the same measures that claims are judged by.
import { Button, Skeleton, Table, Text } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { Fragment } from 'react'

import { unanswered } from '../api/problem'
import type { Measured, Run } from '../api/types'
import { downloadText } from '../charts/download'
import { Guard } from '../ui/Guard'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import classes from './compare.module.css'
import { convergence, convergenceCsv, TARGETS } from './converged'
import { measuresQuery } from './measures'

export function Convergence({ runs }: { runs: readonly Run[] }) {
  const asked = useQueries({ queries: TARGETS.map((target) => measuresQuery(runs, target)) })
  const failed = asked.find((each) => unanswered(each) !== null)
  const answers = asked.flatMap(({ data }) => data ?? [])
  const found = answers.length === TARGETS.length ? answers : undefined
  return (
    <Panel
      title="Convergence"
      aside={<Text size="xs" c="dimmed">Epochs and training time to a test accuracy; best of each marked; finished runs only</Text>}
      actions={
        <Button
          size="xs"
          variant="default"
          disabled={found === undefined}
          onClick={() => {
            if (found) downloadText(convergenceCsv(runs, found), 'skiplab-convergence.csv', 'text/csv')
          }}
        >
          CSV
        </Button>
      }
    >
      <Guard
        wanted="load the measures"
        found={found}
        problem={failed ? unanswered(failed) : null}
        onRetry={() => void failed?.refetch()}
        waiting={<Skeleton height={160} width="auto" m="md" />}
      >
        {(measured) => <Measures runs={runs} measured={measured} />}
      </Guard>
    </Panel>
  )
}

function Measures({ runs, measured }: { runs: readonly Run[]; measured: readonly Measured[] }) {
  const { titles, rows } = convergence(runs, measured)
  return (
    <Scroll label="Convergence of the selected runs" className={classes.scroll}>
      <Table className={classes.table ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Run</Table.Th>
            {titles.map((title) => (
              <Table.Th key={title} ta="right">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ run: { id, name }, cells }) => (
            <Table.Tr key={id}>
              <Table.Th scope="row">
                #{id} {name}
              </Table.Th>
              {cells.map((cell, column) => (
                <Table.Td key={titles[column]} ta="right">
                  {cell.length === 0 && '–'}
                  {cell.map(({ text, best }, place) => (
                    <Fragment key={place}>
                      {place > 0 && ' · '}
                      <span data-best={best}>{text}</span>
                    </Fragment>
                  ))}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}
