// A figure that the lab builds (GET /figures/…): the same one that the report and a notebook draw.
import { ActionIcon, Menu, Skeleton, Text, useComputedColorScheme } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, type ReactNode } from 'react'

import { answer, api } from '../api/client'
import { asProblem, type Problem } from '../api/problem'
import type { paths } from '../api/schema'
import { Chart } from '../charts/Chart'
import type { Figure } from '../charts/curves'
import { downloadImage, downloadText } from '../charts/download'
import { loadPlotly, usePlotly, type Bundle } from '../charts/plotly'
import { useLabValue } from '../live/hooks'
import { useFollow } from '../live/useFollow'
import { DotsIcon } from '../ui/icons'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import classes from './figures.module.css'

type Asked = NonNullable<paths['/api/v1/figures/{kind}']['get']['parameters']['query']>

export type FigureOptions = Omit<Asked, 'runs' | 'experiment' | 'scheme'>

interface FigureProps {
  kind: string
  title: string
  runs: readonly number[]
  /** What else the figure depends on. */
  options?: FigureOptions
  /** What draws it. */
  bundle?: Bundle
}

interface FigurePanelProps extends FigureProps {
  /** One sentence on how to read it. */
  help?: string | undefined
  actions?: ReactNode
}

export function FigurePanel({ help, actions, ...asked }: FigurePanelProps) {
  const { figure } = useDrawn(asked)
  return (
    <Panel
      title={asked.title}
      className={classes.panel}
      actions={
        <>
          {actions}
          {figure && <Downloads kind={asked.kind} figure={figure} bundle={asked.bundle} />}
        </>
      }
    >
      {help && (
        <Text size="xs" c="dimmed" className={classes.help ?? ''}>
          {help}
        </Text>
      )}
      <FigureFrame {...asked} />
    </Panel>
  )
}

/** Several maps or axes side by side, or long names: where there is too little room, these are scrolled sideways. */
const SPREAD_OUT: ReadonlySet<string> = new Set(['forest', 'gradients', 'update-ratio', 'parallel'])

/** The figure without a panel of its own. */
export function FigureFrame(asked: FigureProps) {
  const { plotly, problem } = usePlotly(asked.bundle)
  const { figure, least, error, refetch } = useDrawn(asked)
  // What is drawn stays readable while the lab is away; its own word counts more.
  if (error && !(figure && asProblem(error).status === null)) return <Failure title={asked.title} problem={asProblem(error)} onRetry={() => void refetch()} />
  if (problem) return <RequestError wanted="load the chart library" problem={problem} onRetry={() => { loadPlotly(asked.bundle) }} />
  if (!figure || !plotly) return <Skeleton className={classes.waiting ?? ''} />
  const frame = (
    <div className={classes.frame} data-figure={asked.kind} style={least}>
      <Chart plotly={plotly} figure={figure} />
    </div>
  )
  if (!SPREAD_OUT.has(asked.kind)) return frame
  return (
    <div className={classes.sideways} tabIndex={0} role="region" aria-label={asked.title}>
      {frame}
    </div>
  )
}

/** A figure that grows with its rows or columns says how high or wide it has to be. */
function useDrawn({ kind, runs, options = {} }: FigureProps) {
  const { data, error, refetch } = useFigure(kind, runs, options)
  const drawn = data?.figure
  const figure = useMemo<Figure | undefined>(() => drawn && ({ data: drawn.data, layout: touched(drawn.layout) } as Figure), [drawn])
  const { width, height } = drawn?.layout ?? {}
  const least = { ...(typeof width === 'number' && { minWidth: width }), ...(typeof height === 'number' && { minHeight: height }) }
  return { figure, least, error, refetch }
}

/** That these runs have nothing to draw is an answer, not a fault. */
function Failure({ title, problem, onRetry }: { title: string; problem: Problem; onRetry: () => void }) {
  if (problem.status === 422 || problem.status === 404) {
    return (
      <Text size="sm" c="dimmed" className={classes.nothing ?? ''}>
        {problem.message}
      </Text>
    )
  }
  return <RequestError wanted={`load “${title}”`} problem={problem} onRetry={onRetry} />
}

/** Asked for again when a run among them has finished another epoch. */
function useFigure(kind: string, runs: readonly number[], options: Asked) {
  const scheme = useComputedColorScheme('light')
  const epochs = useLabValue((lab) => runs.reduce((sum, id) => sum + (lab.runs.get(id)?.epoch ?? 0), 0))
  const asked = useQuery({
    queryKey: ['figure', kind, runs, options, scheme],
    queryFn: async () => {
      const query = { ...options, runs: runs.join(','), scheme }
      return { asOf: epochs, figure: (await answer(api.GET('/api/v1/figures/{kind}', { params: { path: { kind }, query } }))).data }
    },
    enabled: runs.length > 0,
    placeholderData: keepPreviousData,
    retry: (count, error) => asProblem(error).status === null && count < 2,
  })
  useFollow(asked, epochs)
  return asked
}

/** The panel gives the size; fingers scroll the page. */
function touched({ width: _, height: __, ...layout }: Record<string, unknown>): Record<string, unknown> {
  return matchMedia('(pointer: coarse)').matches ? { ...layout, dragmode: false } : layout
}

function Downloads({ kind, figure, bundle }: { kind: string; figure: Figure; bundle: Bundle | undefined }) {
  const { plotly } = usePlotly(bundle)
  const name = `skiplab-${kind}`
  const image = (format: 'png' | 'svg') => () => {
    if (plotly) void downloadImage(plotly, figure, format, name)
  }
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="Download the figure" title="Download">
          <DotsIcon size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={image('png')}>Picture (PNG)</Menu.Item>
        <Menu.Item onClick={image('svg')}>Picture (SVG)</Menu.Item>
        <Menu.Item
          onClick={() => {
            downloadText(JSON.stringify(figure), `${name}.json`, 'application/json')
          }}
        >
          Plotly figure (JSON)
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
