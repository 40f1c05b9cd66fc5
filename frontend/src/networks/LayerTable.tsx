// A network layer by layer, as its images pass through.
import { Table } from '@mantine/core'
import { Fragment } from 'react'

import type { Layer } from '../api/types'
import { whole } from '../lib/format'
import { Scroll } from '../ui/Scroll'
import classes from './networks.module.css'

export function LayerTable({ layers }: { layers: readonly Layer[] }) {
  const most = Math.max(1, ...layers.map(({ flops }) => flops))
  return (
    <Scroll label="Layers" className={classes.layersBox}>
      <Table className={classes.layers ?? ''} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Layer</Table.Th>
            <Table.Th className={classes.type ?? ''}>Type</Table.Th>
            <Table.Th>Output</Table.Th>
            <Table.Th ta="right">Parameters</Table.Th>
            <Table.Th ta="right">FLOPs</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {layers.map(({ name, type, output_shape: shape, parameters, flops }) => (
            <Table.Tr key={name}>
              <Table.Td>
                <Path name={name || '(the network itself)'} />
                <span className={classes.typeBelow}>{type}</span>
              </Table.Td>
              <Table.Td className={classes.type ?? ''}>{type}</Table.Td>
              <Table.Td>{shape.join(' × ')}</Table.Td>
              <Table.Td ta="right">{parameters > 0 ? whole(parameters) : '–'}</Table.Td>
              <Table.Td ta="right" className={classes.bar ?? ''} style={{ '--share': `${(100 * flops) / most}%` }}>
                {flops > 0 ? whole(flops) : '–'}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}

/** It breaks before a dot, where it has to. */
function Path({ name }: { name: string }) {
  return name.split('.').map((part, place) => (
    <Fragment key={place}>
      {place > 0 && <wbr />}
      {place > 0 && '.'}
      {part}
    </Fragment>
  ))
}
