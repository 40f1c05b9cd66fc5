// A confusion matrix of a few classes, or of the few that are confused most, with every count to read.
import { percent, plural, whole } from '../../lib/format'
import { Scroll } from '../../ui/Scroll'
import classes from '../run.module.css'
import type { Matrix } from './cells'

interface ConfusionTableProps extends Matrix {
  /** The last row and column are all other classes together, of which nothing is right or wrong. */
  others: boolean
}

export function ConfusionTable({ counts, names, others }: ConfusionTableProps) {
  const isOthers = (place: number): boolean => others && place === counts.length - 1
  return (
    <Scroll label="Confusion matrix" className={classes.whole}>
      <table className={classes.confusion}>
        <thead>
          <tr>
            <th scope="col">True \ Predicted</th>
            {names.map((name, place) => (
              <th key={place} scope="col" title={name}>
                {name}
              </th>
            ))}
            <th scope="col">Recall</th>
          </tr>
        </thead>
        <tbody>
          {counts.map((row, truth) => {
            const all = row.reduce((sum, count) => sum + count, 0)
            return (
              <tr key={truth}>
                <th scope="row" title={names[truth]}>{names[truth]}</th>
                {row.map((count, taken) => {
                  const share = all > 0 && !(isOthers(truth) && isOthers(taken)) ? count / all : 0
                  return (
                    <td
                      key={taken}
                      title={`${plural(count, 'image')} of ${names[truth] ?? ''} predicted as ${names[taken] ?? ''}`}
                      data-right={truth === taken}
                      style={{ '--share': `${Math.round(Math.sqrt(share) * 50)}%` } as React.CSSProperties}
                    >
                      {count > 0 ? whole(count) : ''}
                    </td>
                  )
                })}
                <td className={classes.recall}>{all > 0 && !isOthers(truth) ? percent((row[truth] ?? 0) / all) : '–'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Scroll>
  )
}
