// The evidence as figures, built by the server: the same ones that the report and a notebook draw.
import type { ReactNode } from 'react'

import { defaultOf, PLAIN } from '../api/figures'
import type { Clock, Measured } from '../api/types'
import { FigureChoice } from '../figures/FigureChoice'
import { FigurePanel } from '../figures/FigurePanel'
import { measuredOnAPart, ofPlugins } from '../model/quantities'
import { useQuantities } from '../model/useQuantities'
import { WhenSeen } from '../ui/WhenSeen'
import { useViewPart } from '../view/useView'
import { ConfusionPanel } from './ConfusionPanel'
import { CostPanel } from './CostPanel'
import classes from './evidence.module.css'

interface FiguresProps {
  runs: readonly number[]
  cells: Measured['cells']
  target: number | undefined
}

export function Figures({ runs, cells, target }: FiguresProps) {
  const timed = target === undefined ? {} : { target }
  return (
    <section className={classes.figures} aria-label="Figures">
      <Wide>
        <FigurePanel kind="forest" runs={runs} options={timed} />
      </Wide>
      <Half>
        <CurvesFigure runs={runs} />
      </Half>
      <Half>
        <TargetsFigure runs={runs} timed={timed} />
      </Half>
      <Half>
        <CostPanel runs={runs} />
      </Half>
      <Half>
        <ConfusionPanel cells={cells} />
      </Half>
      {PLAIN.map(({ kind, wide }) => {
        const Place = wide ? Wide : Half
        return (
          <Place key={kind}>
            <FigurePanel kind={kind} runs={runs} />
          </Place>
        )
      })}
    </section>
  )
}

const Wide = ({ children }: { children: ReactNode }) => <WhenSeen keep className={`${classes.place ?? ''} ${classes.whole ?? ''}`}>{children}</WhenSeen>

const Half = ({ children }: { children: ReactNode }) => <WhenSeen keep className={classes.place}>{children}</WhenSeen>

function CurvesFigure({ runs }: { runs: readonly number[] }) {
  const [key = defaultOf('curves', 'key'), setKey] = useViewPart('curve')
  useQuantities()
  const among = [...new Set([...measuredOnAPart(), ...ofPlugins()].map((each) => each.key).concat(key))]
  return <FigurePanel kind="curves" runs={runs} options={{ key }} actions={<FigureChoice kind="curves" option="key" among={among} value={key} onChoose={setKey} />} />
}

function TargetsFigure({ runs, timed }: { runs: readonly number[]; timed: { target?: number } }) {
  const [time = defaultOf('targets', 'time') as Clock, setTime] = useViewPart('unit')
  const options = { ...timed, time }
  return <FigurePanel kind="targets" runs={runs} options={options} actions={<FigureChoice kind="targets" option="time" value={time} onChoose={setTime} />} />
}
