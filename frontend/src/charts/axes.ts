// What the curves run over: epochs, optimiser steps, wall time, images or compute. Pure.
import type { Column } from '../live/columns'
import type { XAxis } from '../view/urlState'

/** What turns a run's points into the other axes. */
export interface Clock {
  /** When the run began, in ms; null where that is unknown. */
  start: number | null
  /** Null where the run does not say. */
  imagesPerStep: number | null
  /** Forward FLOPs of one of the run's images; null where the run has not measured its network. */
  flopsPerImage: number | null
  /** Null before an epoch has ended. */
  stepsPerEpoch?: number | null
}

/** A training step costs about three forward passes: forward, and twice that for the gradients. */
const PASSES_PER_STEP = 3

export const X_NAMES: Readonly<Record<XAxis, string>> = {
  epoch: 'Epoch',
  step: 'Step',
  time: 'Wall time',
  images: 'Examples seen',
  compute: 'Compute',
}

/** Where each point of a column stands on the axis; null where that cannot be known. Time is in seconds. */
export function places(column: Column, x: XAxis, clock: Clock): (number | null)[] {
  switch (x) {
    case 'epoch':
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

/** Whether it has several points of one epoch, such as the losses of single steps. */
export const isInside = ({ epoch }: Column): boolean => epoch.some((each, place) => place > 0 && each === epoch[place - 1])

/** How many steps an epoch has, by a column with one point at the end of each; null where there is none. */
export function stepsPerEpoch(columns: Iterable<Column>): number | null {
  for (const column of columns) {
    const [epoch, step] = [column.epoch.at(-1) ?? 0, column.step.at(-1) ?? 0]
    if (epoch > 0 && step > 0 && !isInside(column)) return step / epoch
  }
  return null
}

/** Epochs with the share of the one that goes on. Where nothing tells its length, the last point of an epoch ends it. */
function shares({ epoch, step }: Column, { stepsPerEpoch: known }: Clock): number[] {
  const length = known ?? Math.max(...step.map((each, place) => each / Math.max(1, epoch[place] ?? 1)))
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

/** The axis's title, and the divisor that brings its values to the unit in it. */
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
