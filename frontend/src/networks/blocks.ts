// From a network's weights to the block that it repeats, with its real channel numbers. Pure.
import { groupBy } from '../ui/collections'
import { readStructure, type Weight } from './structure'

export type BlockKind = 'plain' | 'residual' | 'dense'

export interface Block {
  kind: BlockKind
  /** Its path in the network, such as `stage1.0`. */
  name: string
  /** Empty where the block is a gate alone. */
  main: readonly Weight[]
  /** The side way of a residual block; empty where it is the identity. */
  shortcut: readonly Weight[]
  /** Squeeze-and-excitation: its two narrow layers. */
  gate: readonly Weight[]
}

/** Names that builders give to the side way and to the gate. */
const SHORTCUT = /^(shortcut|downsample|skip|projection)$/
const GATE = /^(se|se_?block|gate|excitation)$/i

/** The blocks in their order, and a gate that stands between them; the whole network as one plain block where it repeats none. */
export function blocksOf(key: string, structure: string): Block[] {
  const weights = readStructure(structure)
  const groups = groupBy(weights, ({ path }) => blockPath(path.split('.')))
  const blocks = [...groups].flatMap(([name, held]) => (name !== '' && held.length >= 2 ? [block(key, name, held)] : []))
  return blocks.some(({ main }) => main.length > 0) ? blocks : [{ kind: 'plain', name: 'the whole network', main: weights, shortcut: [], gate: [] }]
}

export interface Repeated {
  block: Block
  times: number
}

/** Different blocks only: those that differ in their channels or layers from the one before. */
export function distinct(blocks: readonly Block[]): Repeated[] {
  const found: { block: Block; times: number; look: string }[] = []
  for (const block of blocks) {
    const look = JSON.stringify([block.main, block.shortcut, block.gate].map((part) => part.map(({ what, from, to }) => [what, block.kind === 'dense' ? to : from, to])))
    const last = found.at(-1)
    if (last?.look === look) last.times += 1
    else found.push({ block, times: 1, look })
  }
  return found
}

/** At most so many, in their order: the first of each way of being wired, and then from the first on. A network is often
 * named after its last block. */
export function chosen(kinds: readonly Repeated[], most: number): Repeated[] {
  const firsts = [...groupBy(kinds, ({ block }) => wiring(block)).values()].flatMap(([first]) => first ?? [])
  const picked = new Set([...new Set([...firsts, ...kinds])].slice(0, most))
  return kinds.filter((kind) => picked.has(kind))
}

const wiring = ({ kind, shortcut, gate }: Block): string => `${kind} ${shortcut.length > 0} ${gate.length > 0}`

/** Everything up to the last part that ends in a number: `layer1.0.conv2` belongs to `layer1.0`. A gate in no block is
 * its own. */
function blockPath(parts: readonly string[]): string {
  const side = parts.findIndex((part) => SHORTCUT.test(part) || GATE.test(part))
  const last = parts.slice(0, side === -1 ? -1 : side).findLastIndex((part) => /\d$/.test(part))
  const alone = last === -1 && GATE.test(parts[side] ?? '')
  return parts.slice(0, (alone ? side : last) + 1).join('.')
}

function block(key: string, name: string, weights: readonly Weight[]): Block {
  const within = ({ path }: Weight): string => path.slice(name.length + 1).split('.')[0] ?? ''
  const shortcut = weights.filter((weight) => SHORTCUT.test(within(weight)))
  const start = name.lastIndexOf('.') + 1
  const gate = weights.filter((weight) => weight.path.slice(start).split('.').some((part) => GATE.test(part)))
  const main = weights.filter((weight) => !shortcut.includes(weight) && !gate.includes(weight))
  return { kind: kindOf(key, shortcut.length > 0, main.length === 0), name, main, shortcut, gate }
}

/** The weights of a plain and a residual network are the same; only what they are called tells them apart. */
function kindOf(key: string, hasShortcut: boolean, alone: boolean): BlockKind {
  if (alone || key.startsWith('plain')) return 'plain'
  if (key.includes('dense')) return 'dense'
  return hasShortcut || /res(net|ne[xs]t)|residual/.test(key) ? 'residual' : 'plain'
}
