// The values under the pointer, in a card beside it. Pointer only: the downloads have the same numbers.
import { Portal } from '@mantine/core'
import type { CSSProperties } from 'react'

import { number, percent, short, whole } from '../lib/format'
import { scaleOf, type Scale } from '../model/quantities'
import { Swatch } from '../ui/Swatch'
import type { Part } from '../view/urlState'
import classes from './charts.module.css'
import { rowsOf, type Hovered } from './hover'
import type { Entry } from './Key'

interface HoverCardProps {
  hovered: Hovered
  entries: readonly Entry[]
  quantity: string
  /** What the axis runs over, as `Epoch`. */
  over: string
}

export function HoverCard({ hovered, entries, quantity, over }: HoverCardProps) {
  const { rows, more } = rowsOf(hovered, entries)
  const parts = PARTS.filter((part) => rows.some(({ values }) => values.has(part)))
  const text = TEXTS[scaleOf(quantity)]
  return (
    <Portal>
      <div className={classes.hover} style={beside(hovered)} data-hover={quantity} aria-hidden>
        <table>
          <thead>
            <tr>
              <th colSpan={2}>
                {over}: {placeText(hovered.points[0]?.x ?? 0)}
              </th>
              {parts.map((part) => (
                <th key={part}>{part}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ entry, values, elsewhere }) => (
              <tr key={entry.run}>
                <td>
                  <Swatch runStyle={entry.runStyle} />
                </td>
                <td>
                  {entry.label}
                  {elsewhere !== null && <small> at {placeText(elsewhere)}</small>}
                </td>
                {parts.map((part) => (
                  <td key={part}>{valueText(values.get(part), text)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {more > 0 && <small>and {more} more</small>}
      </div>
    </Portal>
  )
}

/** A difference of shares is drawn in percentage points. */
const TEXTS: Readonly<Record<Scale, (value: number) => string>> = { positive: number, share: percent, 'open share': percent, 'signed share': (value) => `${value.toFixed(2)} pp` }

const PARTS: readonly (Part | null)[] = ['train', 'test', null]

function placeText(place: number): string {
  if (place >= 1e6) return short(place)
  return Number.isInteger(place) ? whole(place) : number(place)
}

function valueText(value: number | null | undefined, text: (value: number) => string): string {
  if (value === undefined) return ''
  return value === null ? 'not finite' : text(value)
}

/** Pixels between the pointer and the card. */
const GAP = 18
/** A narrower window has no room beside the pointer. */
const ROOM = 640

/** On the side with more room, so that it is not cut off. */
function beside({ left, top }: Hovered): CSSProperties {
  const { innerWidth: width, innerHeight: height } = window
  const down = top < height / 2 ? { top: top + GAP } : { bottom: height - top + GAP }
  if (width < ROOM) return { ...down, left: 8, maxWidth: width - 16 }
  return { ...down, ...(left < width / 2 ? { left: left + GAP } : { right: width - left + GAP }) }
}
