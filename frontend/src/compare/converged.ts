// The convergence table: measures of the finished runs. Pure.
import type { Measured, MeasureCard, Run } from '../api/types'
import { csv } from '../charts/download'
import { capital, duration } from '../lib/format'
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
  const columns = columnsOf(measuresOf(measured), runs, cardsOf(measured))
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

type CardOf = (key: string) => MeasureCard | undefined

function cardsOf([first]: readonly Measured[]): CardOf {
  const cards = new Map<string, MeasureCard>((first?.measures ?? []).map((card) => [card.key, card]))
  return (key) => cards.get(key)
}

const directionOf = (card: MeasureCard | undefined): Direction => (card?.better === 'higher' ? 1 : card?.better === 'lower' ? -1 : undefined)

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

function columnsOf(measures: MeasuresOf, runs: readonly Run[], card: CardOf): Column[] {
  const [any] = TARGETS
  const direction = (key: string): Direction => directionOf(card(key))
  const measure = (key: (typeof KEYS)[number], isComparable = true): Column => ({
    title: capital(card(key)?.label ?? key),
    values: [{ of: (run) => measures(any, run).values[key], text: (run) => measures(any, run).texts[key] ?? '', better: isComparable ? direction(key) : undefined }],
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
    measure('accuracy_area'),
    { title: 'Best epoch', values: [{ of: ({ best }) => best?.epoch, text: ({ best }, epoch) => [epoch, best && selected(best)].filter(Boolean).join(', ') }] },
    measure('best_accuracy', areAlike(runs.filter(isDone))),
    measure('final_accuracy'),
    measure('gap_at_end'),
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
