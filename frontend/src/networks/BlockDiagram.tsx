// A block as a drawing: the main path from top to bottom, branches and skip connections beside it.
import type { Block, BlockNode } from '../api/types'
import { boxWidth, described, layout, shapeOf, signOf, sizeOf, titleOf, type Layout } from './blocks'
import { Scroll } from '../ui/Scroll'
import classes from './networks.module.css'

const BOX = { height: 34 }
const ROW = BOX.height + 22
const LANE = 22
const SPACE = 10
const MARGIN = 8
const CAPTION = 18

/** Wider drawings take the panel's whole width. */
const WIDE = 380
/** Smaller than this share of its size a drawing cannot be read: it is scrolled instead. */
const SMALLEST = 0.9

export function BlockDiagram({ block }: { block: Block }) {
  const { name, type, repeats, nodes } = block
  const box = boxWidth(nodes)
  const drawn = layout(block)
  const centres = centresOf(drawn, nodes, box)
  const width = Math.max(...[...centres.values()].map(({ centre, half }) => centre + half)) + MARGIN
  const height = (1 + Math.max(...drawn.cells.map(({ row }) => row))) * ROW
  const x = (column: number): number => centres.get(column)?.centre ?? 0
  const at = (index: number): Place => ({ x: x(drawn.cells[index]?.column ?? 0), y: (drawn.cells[index]?.row ?? 0) * ROW + ROW / 2, half: halfHeight(nodes[index]) })
  return (
    <figure className={classes.block} data-wide={width > WIDE}>
      <Scroll label={`Diagram of ${name || 'the whole network'}`}>
        <svg viewBox={`0 0 ${width} ${height}`} style={{ maxWidth: width * 1.15, minWidth: width * SMALLEST }} className={classes.diagram} role="img" aria-label={described(block)}>
          {drawn.edges.map(({ from, to, column, isSkip }) => (
            <Wire key={`${from} ${to}`} from={at(from)} to={at(to)} down={x(column)} isSkip={isSkip} />
          ))}
          {nodes.map((node, index) => (
            <Node key={index} node={node} nodes={nodes} place={at(index)} width={box} />
          ))}
        </svg>
      </Scroll>
      <figcaption>
        {name || 'Whole network'} ({type}
        {repeats > 1 && `, ×${repeats}`})
      </figcaption>
    </figure>
  )
}

interface Place {
  x: number
  y: number
  /** From its middle to its edge. */
  half: number
}

const halfHeight = (node: BlockNode | undefined): number =>
  node === undefined || node.kind === 'input' || node.kind === 'output' ? CAPTION / 2 : signOf(node) ? 12 : BOX.height / 2

/** Columns that hold no box, but edges alone, are narrow. */
function centresOf({ cells, edges }: Layout, nodes: readonly BlockNode[], box: number): Map<number, { centre: number; half: number }> {
  const wide = new Set(cells.filter((_, index) => nodes[index] && !signOf(nodes[index])).map(({ column }) => column))
  const columns = [...new Set([...cells, ...edges].map(({ column }) => column))].sort((a, b) => a - b)
  const centres = new Map<number, { centre: number; half: number }>()
  let end = MARGIN - SPACE
  for (const column of columns) {
    const half = (wide.has(column) ? box : LANE) / 2
    centres.set(column, { centre: end + SPACE + half, half })
    end += SPACE + 2 * half
  }
  return centres
}

/** Out of the bottom of one node, down a column, into the top of the other. */
function Wire({ from, to, down, isSkip }: { from: Place; to: Place; down: number; isSkip: boolean }) {
  const [top, bottom] = [from.y + from.half, to.y - to.half]
  const [leave, enter] = [from.y + ROW / 2, to.y - ROW / 2]
  const steps = [`M${from.x} ${top}V${leave}`, `H${down}V${enter}`, `H${to.x}V${bottom}`]
  return (
    <g>
      <path className={isSkip ? classes.skip : classes.wire} d={steps.join('')} />
      <path className={classes.head} d={`M${to.x - 4} ${bottom - 6}L${to.x} ${bottom}L${to.x + 4} ${bottom - 6}`} />
    </g>
  )
}

function Node({ node, nodes, place, width }: { node: BlockNode; nodes: readonly BlockNode[]; place: Place; width: number }) {
  const sign = signOf(node)
  if (node.kind === 'input' || node.kind === 'output')
    return (
      <text className={classes.caption} x={place.x} y={place.y + 4}>
        {node.kind} {shapeOf(node)}
      </text>
    )
  if (sign)
    return (
      <g>
        <circle className={classes.join} cx={place.x} cy={place.y} r={place.half} />
        <text className={classes.sign} x={place.x} y={place.y + 5}>
          {sign}
        </text>
      </g>
    )
  return (
    <g>
      <rect className={node.kind === 'operation' || node.kind === 'split' ? classes.sideBox : classes.box} x={place.x - width / 2} y={place.y - place.half} width={width} height={BOX.height} rx="7" />
      <text className={classes.what} x={place.x} y={place.y - 2}>
        {titleOf(node)}
      </text>
      <text className={classes.channels} x={place.x} y={place.y + 11}>
        {sizeOf(node, nodes)}
      </text>
    </g>
  )
}
