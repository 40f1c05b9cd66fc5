// The x axes: epochs, optimiser steps, wall time, images or compute. Pure.
import type { Column } from '../live/columns'
import type { XAxis } from '../view/urlState'

/** What converts a run's points to the other axes. */
export interface Clock {
  /** When the run started, in ms; null if unknown. */
  start: number | null
  /** Null if unknown. */
  imagesPerStep: number | null
  /** Forward FLOPs per image; null if the run has not measured its network. */
  flopsPerImage: number | null
  /** Null before the first epoch has ended. */
  stepsPerEpoch?: number | null
}

/** A training step costs about three forward passes: one forward, and twice as much backward. */
const PASSES_PER_STEP = 3

export const X_NAMES: Readonly<Record<XAxis, string>> = {
  epoch: 'Epoch',
  step: 'Step',
  time: 'Wall time',
  images: 'Examples seen',
  compute: 'Compute',
}

/** The x value of each point of a column; null where it is unknown. Time is in seconds. */
export function xValues(column: Column, x: XAxis, clock: Clock): (number | null)[] {
  switch (x) {
    case 'epoch':
      if (isWithoutEpochs(column)) return column.step.map(() => null)
      return isInside(column) ? shares(column, clock) : [...column.epoch]
    case 'step':
      return [...column.step]
    case 'time':
      return column.time.map((time) => (clock.start === null ? null : (time - clock.start) / 1000))
    case 'images':
      return column.step.map((step) => (clock.imagesPerStep === null ? null : step * clock.imagesPerStep))
    case 'compute':
      return column.step.map((step) =>
        clock.flopsPerImage === null || clock.imagesPerStep === null ? null : step * clock.imagesPerStep * clock.flopsPerImage * PASSES_PER_STEP,
      )
  }
}

/** Whether its client has logged steps alone. */
export const isWithoutEpochs = ({ epoch }: Column): boolean => epoch.at(-1) === 0

/** Whether it has several points per epoch, such as losses of steps. */
export const isInside = ({ epoch }: Column): boolean => epoch.some((each, index) => index > 0 && each === epoch[index - 1])

/** Steps per epoch, from a column with one point per epoch; null without one. */
export function stepsPerEpoch(columns: Iterable<Column>): number | null {
  for (const column of columns) {
    const [epoch, step] = [column.epoch.at(-1) ?? 0, column.step.at(-1) ?? 0]
    if (epoch > 0 && step > 0 && !isInside(column)) return step / epoch
  }
  return null
}

/** Epochs as fractions. If their length is unknown, the last point of an epoch is taken as its end. */
function shares({ epoch, step }: Column, { stepsPerEpoch: known }: Clock): number[] {
  const length = known ?? Math.max(...step.map((each, index) => each / Math.max(1, epoch[index] ?? 1)))
  return step.map((each) => each / length)
}

export interface Unit {
  divisor: number
  title: string
}

const TIME_UNITS: readonly (readonly [atLeast: number, divisor: number, unit: string])[] = [
  [7200, 3600, 'hours'],
  [180, 60, 'minutes'],
  [0, 1, 'seconds'],
]

/** The axis's title, and the divisor that converts its values to the unit in it. */
export function unitOf(x: XAxis, largest: number): Unit {
  if (x === 'time') {
    const [, divisor, unit] = TIME_UNITS.find(([atLeast]) => largest >= atLeast) ?? [0, 1, 'seconds']
    return { divisor, title: `Wall time since start, ${unit}` }
  }
  const titles = {
    epoch: 'Epoch',
    step: 'Optimiser step',
    images: 'Examples seen (steps × batch size)',
    compute: 'Training compute, FLOPs (3 × forward × images)',
  }
  return { divisor: 1, title: titles[x] }
}
