// One Plotly chart that redraws when its figure changes.
import { useEffect, useEffectEvent, useRef } from 'react'

import classes from './charts.module.css'
import type { Figure } from './curves'
import type { Hovered } from './hover'
import { mount, type Painter, type Plotly } from './painter'
import type { Zoom } from './zoom'

interface ChartProps {
  plotly: Plotly
  figure: Figure
  onZoom?: ((zoom: Zoom) => void) | undefined
  onHover?: ((hovered: Hovered | null) => void) | undefined
}

export function Chart({ plotly, figure, onZoom, onHover }: ChartProps) {
  const element = useRef<HTMLDivElement>(null)
  const painter = useRef<Painter | null>(null)
  const zoomed = useEffectEvent((zoom: Zoom) => onZoom?.(zoom))
  const hovered = useEffectEvent((under: Hovered | null) => onHover?.(under))

  useEffect(() => {
    if (element.current === null) return
    const mounted = mount(element.current, plotly, {
      onZoom: (zoom) => {
        zoomed(zoom)
      },
      onHover: (under) => {
        hovered(under)
      },
    })
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
