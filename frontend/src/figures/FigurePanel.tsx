// A figure that the server builds (GET /figures/…), with the title and help that the server gives it.
import { ActionIcon, Menu, Skeleton, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, type ReactNode } from 'react'

import { answer, api, type Answer } from '../api/client'
import { cardOf, type FigureKind } from '../api/figures'
import { asProblem } from '../api/problem'
import { Chart } from '../charts/Chart'
import type { Figure } from '../charts/curves'
import { downloadImage, downloadText } from '../charts/download'
import { figureCsv } from '../charts/figureCsv'
import { loadPlotly, usePlotly, type Bundle } from '../charts/plotly'
import { useLabValue } from '../live/hooks'
import { useFollow } from '../live/useFollow'
import { useScheme } from '../theme/scheme'
import { DotsIcon } from '../ui/icons'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import type { FigureOptions } from './cards'
import classes from './figures.module.css'
import { versionOf } from './version'

interface FigureProps {
  kind: FigureKind
  runs: readonly number[]
  options?: FigureOptions
  /** The Plotly bundle that draws it. */
  bundle?: Bundle
}

interface FigurePanelProps extends FigureProps {
  actions?: ReactNode
}

export function FigurePanel({ actions, ...asked }: FigurePanelProps) {
  const { title, help } = cardOf(asked.kind)
  // The response is not interpreted here, so that an error in it stays inside the panel.
  const drawn = useFigure(asked).data?.figure
  return (
    <Panel
      title={title}
      className={classes.panel}
      actions={
        <>
          {actions}
          {drawn && <Downloads kind={asked.kind} title={title} drawn={drawn} bundle={asked.bundle} />}
        </>
      }
    >
      <Text size="xs" c="dimmed" className={classes.help ?? ''}>
        {help}
      </Text>
      <FigureFrame {...asked} />
    </Panel>
  )
}

/** The figure without a panel of its own. */
export function FigureFrame(asked: FigureProps) {
  const { title, wide } = cardOf(asked.kind)
  const { plotly, problem } = usePlotly(asked.bundle)
  const { figure, nothing, least, error, refetch } = useDrawn(asked)
  if (nothing !== null) {
    return (
      <Text size="sm" c="dimmed" className={classes.nothing ?? ''}>
        {nothing}
      </Text>
    )
  }
  // What is drawn stays readable while the server is unreachable.
  if (error && !figure) return <RequestError wanted={`load “${title}”`} problem={asProblem(error)} onRetry={() => void refetch()} />
  if (problem) return <RequestError wanted="load the chart library" problem={problem} onRetry={() => { loadPlotly(asked.bundle) }} />
  if (!figure || !plotly) return <Skeleton className={classes.waiting ?? ''} />
  const frame = (
    <div className={classes.frame} data-figure={asked.kind} style={least}>
      <Chart plotly={plotly} figure={figure} />
    </div>
  )
  if (!wide) return frame
  return (
    <div className={classes.sideways} tabIndex={0} role="region" aria-label={title}>
      {frame}
    </div>
  )
}

/** A figure that grows with its rows or columns states its least height or width. */
function useDrawn(asked: FigureProps) {
  const { data, error, refetch } = useFigure(asked)
  const drawn = data?.figure
  const figure = useMemo(() => drawn && figureOf(drawn), [drawn])
  const { width, height } = drawn?.layout ?? {}
  const least = { ...(typeof width === 'number' && { minWidth: width }), ...(typeof height === 'number' && { minHeight: height }) }
  return { figure, nothing: data?.nothing ?? null, least, error, refetch }
}

type Drawn = NonNullable<ReturnType<typeof useFigure>['data']>['figure']

const figureOf = ({ data, layout }: NonNullable<Drawn>): Figure => ({ data, layout: touched(layout) }) as Figure

type Answered<T> = { figure: T; nothing: null } | { figure: null; nothing: string }

/** That these runs have nothing to draw, and why, is an answer, not a failure. */
async function drawnOr<T>(asked: Promise<Answer<T>>): Promise<Answered<T>> {
  try {
    return { figure: (await asked).data, nothing: null }
  } catch (error) {
    const { status, message } = asProblem(error)
    if (status === 422 || status === 404) return { figure: null, nothing: message }
    throw error
  }
}

/** Requested again when one of the runs finishes an epoch or ends. */
function useFigure({ kind, runs, options = {} }: FigureProps) {
  const scheme = useScheme()
  const version = useLabValue((lab) => versionOf(runs, lab.runs))
  const asked = useQuery({
    queryKey: ['figure', kind, runs, options, scheme],
    queryFn: async () => {
      const query = { ...options, runs: runs.join(','), scheme }
      return { asOf: version, ...(await drawnOr(answer(api.GET('/api/v1/figures/{kind}', { params: { path: { kind }, query } })))) }
    },
    enabled: runs.length > 0,
    placeholderData: keepPreviousData,
    retry: (count, error) => asProblem(error).status === null && count < 2,
  })
  useFollow(asked, version)
  return asked
}

/** The panel gives the size; fingers scroll the page. */
function touched({ width: _, height: __, ...layout }: Record<string, unknown>): Record<string, unknown> {
  return matchMedia('(pointer: coarse)').matches ? { ...layout, dragmode: false } : layout
}

interface DownloadsProps {
  kind: FigureKind
  title: string
  drawn: NonNullable<Drawn>
  bundle: Bundle | undefined
}

function Downloads({ kind, title, drawn, bundle }: DownloadsProps) {
  const { plotly } = usePlotly(bundle)
  const name = `skiplab-${kind}`
  const image = (format: 'png' | 'svg') => () => {
    if (plotly) void downloadImage(plotly, figureOf(drawn), format, name)
  }
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Download the figure “${title}”`} title="Download">
          <DotsIcon size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={image('png')}>PNG image</Menu.Item>
        <Menu.Item onClick={image('svg')}>SVG image</Menu.Item>
        <Menu.Item
          onClick={() => {
            downloadText(figureCsv(figureOf(drawn).data), `${name}.csv`, 'text/csv')
          }}
        >
          Data (CSV)
        </Menu.Item>
        <Menu.Item
          onClick={() => {
            downloadText(JSON.stringify(figureOf(drawn)), `${name}.json`, 'application/json')
          }}
        >
          Plotly figure (JSON)
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
