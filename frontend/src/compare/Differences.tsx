import { ActionIcon, Alert, Button, Switch, Table } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import type { Run } from '../api/types'
import { downloadText } from '../charts/download'
import { mixedVersions } from '../model/dataVersion'
import { useToggle } from '../model/selection'
import { useRunStyles } from '../model/useRunStyles'
import { PLAIN_STYLE } from '../theme/palette'
import { CrossIcon } from '../ui/icons'
import { Panel } from '../ui/Panel'
import { Scroll } from '../ui/Scroll'
import { Swatch } from '../ui/Swatch'
import { keepView } from '../view/keepView'
import { useViewPart } from '../view/useView'
import classes from './compare.module.css'
import { differencesCsv, rowsOf, type TableRow } from './rows'

export function Differences({ runs }: { runs: readonly Run[] }) {
  const [differing, setDiffering] = useViewPart('differing')
  const mixed = mixedVersions(runs)
  return (
    <Panel
      title="Config comparison"
      actions={
        <>
          <Switch
            size="xs"
            label="Differences only"
            checked={differing === true}
            onChange={({ currentTarget: { checked } }) => {
              setDiffering(checked ? true : undefined)
            }}
          />
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              downloadText(differencesCsv(runs, rowsIn(runs, differing)), 'skiplab-differences.csv', 'text/csv')
            }}
          >
            CSV
          </Button>
        </>
      }
    >
      {mixed.length > 0 && (
        <Alert color="yellow" variant="light" role="status" m="md" title="Different data">
          {`These runs trained on different versions of ${mixed.join(' and ')}: their results are not comparable. See “Data version” below.`}
        </Alert>
      )}
      <Rows runs={runs} differing={differing} />
    </Panel>
  )
}

const rowsIn = (runs: readonly Run[], differing: true | undefined): TableRow[] => rowsOf(runs).filter((row) => !differing || row.differs)

/** Inside the panel, so that an error stays there. */
function Rows({ runs, differing }: { runs: readonly Run[]; differing: true | undefined }) {
  const runStyles = useRunStyles()
  const toggle = useToggle()
  return (
    <Scroll label="Settings and results of the selected runs" className={classes.scroll}>
      <Table className={classes.table ?? ''} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className={classes.corner ?? ''}>Run</Table.Th>
            {runs.map(({ id, name }) => (
              <Table.Th key={id}>
                <span className={classes.head}>
                  <Swatch runStyle={runStyles.get(id) ?? PLAIN_STYLE} />
                  <Link to="/runs/$run" params={{ run: String(id) }} search={keepView} className={classes.name} title={name}>
                    #{id} {name}
                  </Link>
                  <ActionIcon size="xs" variant="subtle" color="gray" aria-label={`Remove run ${id} from the comparison`} onClick={() => { toggle(id) }}>
                    <CrossIcon size={12} />
                  </ActionIcon>
                </span>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rowsIn(runs, differing).map(({ id, title, cells, differs }) => (
            <Table.Tr key={id} data-differs={differs}>
              <Table.Th scope="row" className={classes.corner ?? ''}>
                {title}
              </Table.Th>
              {cells.map(({ text, best }, place) => (
                <Table.Td key={runs[place]?.id} data-best={best}>
                  {text || '–'}
                  {best && <span className={classes.star}> best</span>}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}
