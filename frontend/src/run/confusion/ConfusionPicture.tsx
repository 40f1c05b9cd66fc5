// A confusion matrix of hundreds of classes: a pixel a cell on a canvas, the cell under the pointer in words, and what is
// confused most as a list.
import { Table, Text } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'

import { percent, plural, whole } from '../../lib/format'
import { useScheme } from '../../theme/scheme'
import { Scroll } from '../../ui/Scroll'
import classes from '../run.module.css'
import { cellAt, confused, pixels, type Colour, type Ink, type Matrix } from './cells'

const MOST_LISTED = 20

const INKS: Readonly<Record<'light' | 'dark', Ink>> = {
  light: { paper: [247, 248, 250], right: [20, 102, 201], wrong: [200, 30, 30] },
  dark: { paper: [27, 32, 40], right: [111, 163, 255], wrong: [255, 120, 110] },
} satisfies Record<string, Record<string, Colour>>

export function ConfusionPicture(matrix: Matrix) {
  const { counts, names } = matrix
  const canvas = useRef<HTMLCanvasElement>(null)
  const ink = INKS[useScheme()]
  const [cell, setCell] = useState<{ truth: number; taken: number } | null>(null)
  const size = counts.length
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    context?.putImageData(new ImageData(pixels({ counts, names }, ink), size, size), 0, 0)
  }, [counts, names, ink, size])
  const pairs = useMemo(() => confused({ counts, names }, MOST_LISTED), [counts, names])
  return (
    <div className={classes.picture}>
      <div>
        <canvas
          ref={canvas}
          width={size}
          height={size}
          role="img"
          aria-label={`Confusion matrix of ${whole(size)} classes; rows are true classes`}
          onPointerMove={({ currentTarget, nativeEvent: { offsetX, offsetY } }) => {
            setCell(cellAt(offsetX, offsetY, { width: currentTarget.clientWidth, height: currentTarget.clientHeight }, size))
          }}
          onPointerLeave={() => {
            setCell(null)
          }}
        />
        <Text size="xs" c="dimmed" className={classes.pointed ?? ''}>
          {cell ? `${plural(counts[cell.truth]?.[cell.taken] ?? 0, 'image')} of ${names[cell.truth] ?? ''} predicted as ${names[cell.taken] ?? ''}` : 'Rows: true classes. Columns: predicted classes.'}
        </Text>
      </div>
      <Scroll label="Most confused pairs" className={classes.pairs}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>True class</Table.Th>
              <Table.Th>Predicted</Table.Th>
              <Table.Th ta="right">Images</Table.Th>
              <Table.Th ta="right">Share</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pairs.map(({ truth, taken, count, share }) => (
              <Table.Tr key={`${truth} ${taken}`}>
                <Table.Td title={names[truth]}>{names[truth]}</Table.Td>
                <Table.Td title={names[taken]}>{names[taken]}</Table.Td>
                <Table.Td ta="right">{whole(count)}</Table.Td>
                <Table.Td ta="right">{percent(share)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </div>
  )
}
