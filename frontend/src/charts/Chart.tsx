// One Plotly chart that follows its figure.
import { useEffect, useRef } from 'react'

import classes from './charts.module.css'
import type { Figure } from './curves'
import { mount, type Painter, type Plotly } from './painter'

export function Chart({ plotly, figure }: { plotly: Plotly; figure: Figure }) {
  const element = useRef<HTMLDivElement>(null)
  const painter = useRef<Painter | null>(null)

  useEffect(() => {
    if (element.current === null) return
    const mounted = mount(element.current, plotly)
    painter.current = mounted
    return () => {
      painter.current = null
      mounted.destroy()
    }
  }, [plotly])

  useEffect(() => {
    painter.current?.draw(figure)
  }, [plotly, figure])

  return <div ref={element} className={classes.plot} />
}
