// The blocks that a network repeats, as its card has them, made ready for drawing. Pure.
import type { Block as CardBlock, BlockLayer } from '../api/types'
import { groupBy } from '../lib/collections'

export interface Weight {
  /** "3 × 3 conv, ÷ 2", "1 × 1 conv", "linear" */
  what: string
  from: number
  to: number
}

export interface Block {
  kind: CardBlock['kind']
  /** Its path in the network, such as `stage1.0`. */
  name: string
  /** Empty where the block is a gate alone. */
  main: readonly Weight[]
  /** The side way of a residual block; empty where it is the identity. */
  shortcut: readonly Weight[]
  /** Squeeze-and-excitation: its two narrow layers. */
  gate: readonly Weight[]
}

export function readBlocks(blocks: readonly CardBlock[]): Block[] {
  return blocks.map(({ kind, name, main, shortcut, gate }) => ({ kind, name, main: main.map(read), shortcut: shortcut.map(read), gate: gate.map(read) }))
}

function read({ kernel, stride, channels_in: from, channels_out: to }: BlockLayer): Weight {
  if (kernel === null) return { what: 'linear', from, to }
  return { what: `${kernel.join(' × ')} conv${stride > 1 ? `, ÷ ${stride}` : ''}`, from, to }
}

export interface Repeated {
  block: Block
  times: number
}

/** Different blocks only: those that differ in their channels or layers from the one before. */
export function distinct(blocks: readonly Block[]): Repeated[] {
  const found: { block: Block; times: number; look: string }[] = []
  for (const block of blocks) {
    const look = JSON.stringify([block.kind, ...[block.main, block.shortcut, block.gate].map((part) => part.map(({ what, from, to }) => [what, block.kind === 'dense' ? to : from, to]))])
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
