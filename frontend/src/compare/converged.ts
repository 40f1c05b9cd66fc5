// The convergence table: measures of the finished runs. Pure.
import type { Measured, Run } from '../api/types'
import { csv } from '../charts/download'
import { duration } from '../lib/format'
import { areAlike, selected } from '../model/best'
import { bestOf, type Cell } from './rows'

export const TARGETS = [0.6, 0.7, 0.8, 0.9] as const

/** One value or two, each marked by itself: the run with the fewest epochs may take the longest. */
export type ConvergenceCell = readonly Pick<Cell, 'text' | 'best'>[]

export interface ConvergenceTable {
  titles: readonly string[]
  rows: readonly { run: Run; cells: readonly ConvergenceCell[] }[]
}

/** `measured`: one answer for each of the targets. */
export function convergence(runs: readonly Run[], measured: readonly Measured[]): ConvergenceTable {
  const columns = columnsOf(measuresOf(measured), runs, directionsOf(measured))
  const bests = columns.map(({ values }) => values.map(({ of, better }) => bestOf(runs.map((run) => ended(of, run)), better)))
  return {
    titles: columns.map(({ title }) => title),
    rows: runs.map((run) => ({
      run,
      cells: columns.map(({ values }, column) =>
        values.flatMap(({ of, text }, place) => {
          const value = ended(of, run)
          return value === undefined ? [] : { text: text(run, value), best: value === bests[column]?.[place] }
        }),
      ),
    })),
  }
}

/** An unfinished run may still change, so it is not compared with finished ones. */
function ended(of: Value['of'], run: Run): number | undefined {
  return isDone(run) ? (of(run) ?? undefined) : undefined
}

const isDone = ({ status }: Run): boolean => status === 'finished'

interface Measures {
  values: Partial<Record<string, number | null>>
  texts: Partial<Record<string, string>>
}

const NONE: Measures = { values: {}, texts: {} }

type MeasuresOf = (target: number, run: Run) => Measures

const measuresOf = (measured: readonly Measured[]): MeasuresOf => (target, { id }) =>
  measured[TARGETS.findIndex((each) => each === target)]?.runs.find(({ run }) => run === id) ?? NONE

type Direction = 1 | -1 | undefined

/** Whether higher or lower values are better, by the measure's card. */
function directionsOf([first]: readonly Measured[]): (key: string) => Direction {
  const better = new Map<string, string>((first?.measures ?? []).map((card) => [card.key, card.better]))
  return (key) => (better.get(key) === 'higher' ? 1 : better.get(key) === 'lower' ? -1 : undefined)
}

interface Column {
  title: string
  values: readonly Value[]
}

interface Value {
  of: (run: Run) => number | null | undefined
  text: (run: Run, value: number) => string
  /** Neither way where it is left out. */
  better?: Direction
}

function columnsOf(measures: MeasuresOf, runs: readonly Run[], direction: (key: string) => Direction): Column[] {
  const [any] = TARGETS
  const share = (title: string, key: string, directionOf = direction): Column => ({
    title,
    values: [{ of: (run) => measures(any, run).values[key], text: (run) => measures(any, run).texts[key] ?? '', better: directionOf(key) }],
  })
  return [
    ...TARGETS.map(
      (target): Column => ({
        title: `Epochs to ${wholePercent(target)}%`,
        values: [
          { of: (run) => measures(target, run).values.epochs_to_target, text: (run) => measures(target, run).texts.epochs_to_target ?? '', better: direction('epochs_to_target') },
          { of: (run) => measures(target, run).values.seconds_to_target, text: (_, seconds) => duration(seconds), better: direction('seconds_to_target') },
        ],
      }),
    ),
    share('Mean accuracy', 'accuracy_area'),
    { title: 'Best epoch', values: [{ of: ({ best }) => best?.epoch, text: ({ best }, epoch) => [epoch, best && selected(best)].filter(Boolean).join(', ') }] },
    share('Accuracy at best epoch', 'best_accuracy', (key) => (areAlike(runs.filter(isDone)) ? direction(key) : undefined)),
    share('Final accuracy', 'final_accuracy'),
    share('Final gap', 'gap_at_end'),
  ]
}

const wholePercent = (share: number): number => Math.round(share * 100)

const KEYS = ['accuracy_area', 'best_accuracy', 'final_accuracy', 'gap_at_end'] as const

export function convergenceCsv(runs: readonly Run[], measured: readonly Measured[]): string {
  const measures = measuresOf(measured)
  const header = ['run', 'name', 'status', ...TARGETS.flatMap((target) => [`epochs_to_${wholePercent(target)}`, `seconds_to_${wholePercent(target)}`]), 'best_epoch', 'selected_on', ...KEYS]
  const rows = runs.map((run) => {
    const { id, name, status, best } = run
    if (!isDone(run)) return [id, name, status, ...header.slice(3).map(() => undefined)]
    const times = TARGETS.map((target) => measures(target, run).values).flatMap(({ epochs_to_target, seconds_to_target }) => [epochs_to_target, seconds_to_target])
    return [id, name, status, ...times, best?.epoch, best?.selected_on, ...KEYS.map((key) => measures(TARGETS[0], run).values[key])]
  })
  return csv([header, ...rows])
}
