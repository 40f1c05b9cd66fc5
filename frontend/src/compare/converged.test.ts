import { describe, expect, it } from 'vitest'

import type { Measured, Run } from '../api/types'
import { convergence, convergenceCsv, TARGETS } from './converged'

const run = (id: number, status: Run['status'] = 'finished', selected_on = 'test'): Run =>
  ({ id, name: `run ${id}`, status, best: { key: `${selected_on}/accuracy`, value: 0.5, epoch: 3 + id, selected_on } }) as unknown as Run

const MEASURES = [
  { key: 'epochs_to_target', label: 'epochs to target', better: 'lower' },
  { key: 'seconds_to_target', label: 'training time to target', better: 'lower' },
  { key: 'best_accuracy', label: 'best test accuracy', better: 'higher' },
  { key: 'final_accuracy', label: 'final test accuracy', better: 'higher' },
]

/** Of each run its accuracy at the best epoch; to every target it took as many epochs, and minutes, as its number says. */
const measured = (accuracies: Record<number, number>, seconds = (id: number) => 60 * id): Measured[] =>
  TARGETS.map((target) => ({
    measures: MEASURES,
    cells: [],
    target,
    runs: Object.entries(accuracies).map(([id, best_accuracy]) => ({
      run: Number(id),
      values: { epochs_to_target: Number(id), seconds_to_target: seconds(Number(id)), best_accuracy, final_accuracy: null },
      texts: { epochs_to_target: `${id} epochs`, best_accuracy: `${100 * best_accuracy}.00%` },
    })),
  })) as unknown as Measured[]

const cellsOf = (title: string, runs: readonly Run[], accuracies: Record<number, number>) => {
  const { titles, rows } = convergence(runs, measured(accuracies))
  return rows.map(({ cells }) => cells[titles.indexOf(title)])
}

describe('the convergence table', () => {
  it('says nothing of a run under way, and never marks it', () => {
    const runs = [run(1, 'running'), run(2), run(3)]
    const accuracies = { 1: 0.9, 2: 0.6, 3: 0.7 }
    expect(cellsOf('Best test accuracy', runs, accuracies)).toEqual([[], [{ text: '60.00%', best: false }], [{ text: '70.00%', best: true }]])
    expect(cellsOf('Epochs to 60%', runs, accuracies)).toEqual([
      [],
      [{ text: '2 epochs', best: true }, { text: '2 min', best: true }],
      [{ text: '3 epochs', best: false }, { text: '3 min', best: false }],
    ])
  })

  it('marks the fewest epochs and the shortest time each by itself', () => {
    const runs = [run(8), run(9)]
    const { rows } = convergence(runs, measured({ 8: 0.6, 9: 0.6 }, (id) => (id === 8 ? 70 : 58)))
    expect(rows.map(({ cells }) => cells[0])).toEqual([
      [{ text: '8 epochs', best: true }, { text: '1 min 10 s', best: false }],
      [{ text: '9 epochs', best: false }, { text: '58 s', best: true }],
    ])
  })

  it('says which epoch was the best and on what it was selected, and marks none where that differs', () => {
    const runs = [run(1), run(2, 'finished', 'val')]
    expect(cellsOf('Best epoch', runs, { 1: 0.5, 2: 0.6 })).toEqual([
      [{ text: '4, selected on test', best: false }],
      [{ text: '5, selected on validation', best: false }],
    ])
    expect(cellsOf('Best test accuracy', runs, { 1: 0.5, 2: 0.6 }).map((cell) => cell?.[0]?.best)).toEqual([false, false])
  })

  it('marks the best of the finished ones, on whichever images another under way is selected', () => {
    const runs = [run(1), run(2), run(3, 'running', 'val')]
    expect(cellsOf('Best test accuracy', runs, { 1: 0.5, 2: 0.6, 3: 0.9 }).map((cell) => cell?.[0]?.best)).toEqual([false, true, undefined])
  })

  it('becomes a file with a line for each run and its values as measured', () => {
    const [header = '', finished, running] = convergenceCsv([run(2), run(1, 'running')], measured({ 1: 0.9, 2: 0.6 })).split('\r\n')
    expect(header.split(',').slice(0, 5)).toEqual(['run', 'name', 'status', 'epochs_to_60', 'seconds_to_60'])
    expect(finished).toBe('2,run 2,finished,2,120,2,120,2,120,2,120,5,test,,0.6,,')
    expect(running).toBe('1,run 1,running,,,,,,,,,,,,,,')
    expect(running?.split(',')).toHaveLength(header.split(',').length)
  })
})
