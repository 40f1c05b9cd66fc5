// A block as a drawing: the main way from top to bottom, the side way on the right, a gate on the left.
import type { Block, Weight } from './blocks'
import classes from './networks.module.css'

const WIDTH = 300
const MIDDLE = 150
const BOX = { width: 132, height: 34 }
const GAP = 22
const TOP = 34

export function BlockDiagram({ block }: { block: Block }) {
  const { kind, main, shortcut, gate } = block
  const joined = kind !== 'plain'
  const gated = gate.length > 0
  const stepAt = (place: number): number => TOP + 14 + place * (BOX.height + GAP)
  const gateY = stepAt(main.length) + 4
  const joinY = gateY + (gated ? 46 : 0)
  const end = joined ? joinY + 36 : gated ? gateY + 50 : stepAt(main.length) + 6
  const from = (main[0] ?? gate[0])?.from ?? 0
  return (
    <svg viewBox={`0 0 ${WIDTH} ${end + 24}`} className={classes.diagram} role="img" aria-label={described(block)}>
      <Caption y={16} text={`${from} channels in`} />
      <path className={classes.wire} d={`M${MIDDLE} 22V${end}`} />
      {main.map((weight, place) => (
        <Box key={place} x={MIDDLE} y={stepAt(place)} weight={weight} />
      ))}
      {gated && <Gate y={gateY} gate={gate} />}
      {joined && <SideWay kind={kind} y={joinY} shortcut={shortcut} same={from === main.at(-1)?.to} />}
      <path className={classes.head} d={`M${MIDDLE - 5} ${end - 7}L${MIDDLE} ${end}L${MIDDLE + 5} ${end - 7}`} />
      <Caption y={end + 17} text={outText(block)} />
    </svg>
  )
}

function Box({ x, y, weight }: { x: number; y: number; weight: Weight }) {
  return (
    <g>
      <rect className={classes.box} x={x - BOX.width / 2} y={y} width={BOX.width} height={BOX.height} rx="7" />
      <text className={classes.what} x={x} y={y + 15}>
        {weight.what}
      </text>
      <text className={classes.channels} x={x} y={y + 28}>
        {weight.from} → {weight.to}
      </text>
    </g>
  )
}

interface SideWayProps {
  kind: Block['kind']
  y: number
  shortcut: readonly Weight[]
  /** Whether as many channels leave the main way as come in. */
  same: boolean
}

/** What leaves the block is what came in, plus or beside what the main way made of it. */
function SideWay({ kind, y, shortcut, same }: SideWayProps) {
  const side = 262
  const [weight] = shortcut
  const half = (28 + y) / 2
  return (
    <g>
      <path className={classes.skip} d={`M${MIDDLE} 28H${side - 12}Q${side} 28 ${side} 40V${y - 12}Q${side} ${y} ${side - 12} ${y}H${MIDDLE + 13}`} />
      <circle className={classes.join} cx={MIDDLE} cy={y} r="12" />
      <text className={classes.sign} x={MIDDLE} y={y + 5}>
        {kind === 'dense' ? '⧺' : '+'}
      </text>
      {weight ? (
        <g>
          <rect className={classes.sideBox} x={side - 34} y={half - 17} width="68" height="34" rx="7" />
          <text className={classes.channels} x={side} y={half - 3}>
            {weight.what.replace(' conv', '')}
          </text>
          <text className={classes.channels} x={side} y={half + 10}>
            {weight.from} → {weight.to}
          </text>
        </g>
      ) : (
        <text className={classes.channels} x={side + 12} y={half} transform={`rotate(90 ${side + 12} ${half})`}>
          {kind === 'dense' || same ? 'as it is' : 'made to fit, without weights'}
        </text>
      )}
    </g>
  )
}

/** Squeeze: the mean of each channel. Excite: how much of each channel passes. */
function Gate({ y, gate }: { y: number; gate: readonly Weight[] }) {
  const narrow = gate[0]?.to ?? 0
  return (
    <g>
      <path className={classes.gateWire} d={`M${MIDDLE} ${y - 16}H52V${y + 18}H${MIDDLE - 12}`} />
      <rect className={classes.gateBox} x="2" y={y - 12} width="100" height="26" rx="7" />
      <text className={classes.channels} x="52" y={y + 5}>
        mean → {narrow} → σ
      </text>
      <circle className={classes.join} cx={MIDDLE} cy={y + 18} r="10" />
      <text className={classes.sign} x={MIDDLE} y={y + 23}>
        ×
      </text>
    </g>
  )
}

function Caption({ y, text }: { y: number; text: string }) {
  return (
    <text className={classes.caption} x={MIDDLE} y={y}>
      {text}
    </text>
  )
}

function outText({ kind, main, gate }: Block): string {
  const [first, last] = [main[0] ?? gate[0], main.at(-1) ?? gate.at(-1)]
  if (!first || !last) return ''
  return kind === 'dense' ? `${first.from + last.to} channels out: ${first.from} old, ${last.to} new` : `${last.to} channels out`
}

function described(block: Block): string {
  const steps = block.main.map(({ what, from, to }) => `${what} from ${from} to ${to} channels`)
  const way = [...steps, ...(block.gate.length > 0 ? ['a gate on the channels'] : [])].join(', then ')
  const side = block.shortcut.length > 0 ? 'a side way with weights of its own is added' : 'what came in is added'
  const join = block.kind === 'residual' ? `; ${side}` : block.kind === 'dense' ? '; what came in stands beside it' : ''
  return `${block.name}: ${way}${join}.`
}
