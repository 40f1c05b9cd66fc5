// Block diagrams from a network's card: what each node is called, where it is drawn, and which blocks are shown. Pure.
import type { Block, BlockNode } from '../api/types'
import { groupBy } from '../lib/collections'

/** Where a node is drawn: columns lie beside the main path, which is column 0; rows go from the input down. */
export interface Cell {
  row: number
  column: number
}

/** An edge runs down in one column, which no node of the rows between has. */
export interface Edge {
  from: number
  to: number
  column: number
  /** Whether it passes by nodes without one of its own: a skip connection. */
  isSkip: boolean
}

export interface Layout {
  cells: readonly Cell[]
  edges: readonly Edge[]
}

export function layout({ nodes }: Pick<Block, 'nodes'>): Layout {
  const rows = rowsOf(nodes)
  const columns = new Map<number, number>()
  const taken: { column: number; first: number; last: number }[] = []
  const place = (first: number, last: number): number => {
    const column = [0, 1, -1, 2, -2, 3, -3, 4, -4].find((each) => isFree(each, first, last)) ?? taken.length
    if (first <= last) taken.push({ column, first, last })
    return column
  }
  const isFree = (column: number, first: number, last: number): boolean =>
    !taken.some((other) => other.column === column && other.first <= last && first <= other.last)
  const row = (node: number): number => rows[node] ?? 0
  const readers = readersOf(nodes)

  // The longest paths first: the main path from the output back, then each branch with the edges at its ends.
  for (const last of nodes.map((_, index) => index).sort((a, b) => row(b) - row(a))) {
    if (columns.has(last)) continue
    const path = [last]
    for (let next = deepest(nodes[last], rows, columns); next !== undefined; next = deepest(nodes[next], rows, columns)) path.push(next)
    const first = path.at(-1) ?? last
    const begin = Math.min(row(first), ...(nodes[first]?.inputs ?? []).map((input) => row(input) + 1))
    const end = Math.max(row(last), ...(readers.get(last) ?? []).map((reader) => row(reader) - 1))
    const column = place(begin, end)
    for (const node of path) columns.set(node, column)
  }
  const cells = nodes.map((_, index) => ({ row: row(index), column: columns.get(index) ?? 0 }))
  const edges = nodes.flatMap((node, to) => (node.inputs ?? []).map((from) => ({ from, to })))
  return { cells, edges: edges.map(({ from, to }) => ({ from, to, ...route(cells, from, to, place) })) }
}

/** Down the column of one of its ends, where that is free; else down a column of its own. */
function route(cells: readonly Cell[], from: number, to: number, place: (first: number, last: number) => number): Pick<Edge, 'column' | 'isSkip'> {
  const [a, b] = [cells[from], cells[to]]
  if (!a || !b) return { column: 0, isSkip: false }
  const isClear = (column: number): boolean => !cells.some((cell) => cell.column === column && cell.row > a.row && cell.row < b.row)
  if (b.row === a.row + 1) return { column: b.column, isSkip: false }
  if (a.column !== b.column) {
    const side = [a.column, b.column].find((column) => column !== 0 && isClear(column))
    if (side !== undefined) return { column: side, isSkip: false }
  }
  return { column: place(a.row + 1, b.row - 1), isSkip: true }
}

/** Of each node, one more than of the last node that it reads. */
function rowsOf(nodes: readonly BlockNode[]): number[] {
  const rows: number[] = []
  for (const node of nodes) rows.push(Math.max(-1, ...(node.inputs ?? []).map((input) => rows[input] ?? 0)) + 1)
  return rows
}

function readersOf(nodes: readonly BlockNode[]): Map<number, number[]> {
  const readers = new Map<number, number[]>()
  nodes.forEach((node, index) => node.inputs?.forEach((input) => readers.set(input, [...(readers.get(input) ?? []), index])))
  return readers
}

/** The input with the longest path to it that has no column yet. */
function deepest(node: BlockNode | undefined, rows: readonly number[], columns: ReadonlyMap<number, number>): number | undefined {
  const open = (node?.inputs ?? []).filter((input) => !columns.has(input))
  return open.sort((a, b) => (rows[b] ?? 0) - (rows[a] ?? 0))[0]
}

const OPERATIONS: Readonly<Record<string, string>> = { getitem: 'slice', cat: 'concat' }

/** "3×3 conv, stride 2", "3×3 depthwise conv", "Linear", "max pool2d 2×2" */
export function titleOf({ kind, type, kernel, stride, groups, shape }: BlockNode): string {
  const strided = stride?.some((each) => each > 1) ? `, stride ${stride[0]}` : ''
  if (kind === 'layer' && kernel) {
    const grouped = (groups ?? 1) === 1 ? '' : groups === shape[0] ? 'depthwise ' : 'grouped '
    return `${kernel.join('×')} ${grouped}${/transpose/i.test(type) ? 'transposed ' : ''}conv${strided}`
  }
  const name = OPERATIONS[type] ?? type.replaceAll('_', ' ')
  return kernel ? `${name} ${kernel.join('×')}${strided}` : name
}

/** Width of all boxes in pixels: the longest title fits. */
export function boxWidth(nodes: readonly BlockNode[]): number {
  const longest = Math.max(...nodes.map((node) => (node.kind === 'input' || node.kind === 'output' ? 0 : titleOf(node).length)))
  return Math.max(LEAST_WIDTH, PADDING + longest * LETTER)
}

const LEAST_WIDTH = 138
const PADDING = 14
/** The mean width of a letter of a title. */
const LETTER = 6.7

/** "64 → 128" channels of a layer, else the shape of what it gives. */
export function sizeOf(node: BlockNode, nodes: readonly BlockNode[]): string {
  const before = nodes[node.inputs?.[0] ?? -1]?.shape
  if (node.kind !== 'layer' || !before) return shapeOf(node)
  const channels = (shape: readonly number[]): number | undefined => (node.kernel ? shape[0] : shape.at(-1))
  return node.kernel || before.length === node.shape.length ? `${channels(before)} → ${channels(node.shape)}` : shapeOf(node)
}

export const shapeOf = ({ shape }: BlockNode): string => shape.join(' × ')

const SIGNS: Readonly<Partial<Record<BlockNode['kind'], string>>> = { add: '+', multiply: '×', concat: '⧺' }

export const signOf = ({ kind }: BlockNode): string | undefined => SIGNS[kind]

/** For those who do not see the drawing. */
export function described({ name, nodes }: Block): string {
  const words = nodes.map((node) => (node.kind === 'input' || node.kind === 'output' ? node.kind : titleOf(node)))
  const steps = nodes.flatMap((node, index) => {
    const from = (node.inputs ?? []).map((input) => words[input] ?? '')
    return node.kind === 'input' || node.kind === 'output' ? [] : [`${words[index]} of ${from.join(' and ')}`]
  })
  return `${name || 'The whole network'}: ${steps.join('; ')}.`
}

/** At most so many, in their order: the first of each way of being wired, and then from the first on. */
export function chosen(blocks: readonly Block[], most: number): Block[] {
  const firsts = [...groupBy(blocks, wiring).values()].flatMap(([first]) => first ?? [])
  const picked = new Set([...new Set([...firsts, ...blocks])].slice(0, most))
  return blocks.filter((block) => picked.has(block))
}

const wiring = ({ nodes }: Block): string => JSON.stringify(nodes.map(({ kind, inputs }) => [kind, inputs]))
