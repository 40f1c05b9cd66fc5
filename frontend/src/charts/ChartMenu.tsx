// A chart's menu: downloads, pin, remove.
import { ActionIcon, Menu } from '@mantine/core'

import { useLabPart } from '../live/hooks'
import { titleOf } from '../model/quantities'
import { DotsIcon } from '../ui/icons'
import type { ChartChoice } from '../view/chartChoice'
import { curvesFigure, type Figure } from './curves'
import { downloadImage, downloadText, pointsCsv } from './download'
import { usePlotlyOnceLoaded } from './plotly'
import type { WholeInput } from './useChartInput'
import type { Charts } from './useCharts'
import { zoomed, type Zoom } from './zoom'

interface ChartMenuProps {
  chart: ChartChoice
  input: WholeInput
  zoom: Zoom
  actions: Pick<Charts, 'change' | 'remove'>
}

/** Downloads contain every point, also those that a crowded chart does not draw. */
export function ChartMenu({ chart: { quantity, pinned }, input, zoom, actions }: ChartMenuProps) {
  const { plotly } = usePlotlyOnceLoaded()
  const runs = useLabPart('settled')
  const name = `skiplab-${quantity.replaceAll('/', '-')}`
  const whole = (): Figure => {
    const { data, layout } = curvesFigure({ ...input, closer: 'everything' })
    return { data, layout: zoomed(layout, zoom) }
  }
  const image = (format: 'png' | 'svg') => () => {
    if (plotly) void downloadImage(plotly, whole(), format, name)
  }
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More for ${titleOf(quantity)}`} title="More">
          <DotsIcon size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Download</Menu.Label>
        <Menu.Item onClick={image('png')}>PNG image</Menu.Item>
        <Menu.Item onClick={image('svg')}>SVG image</Menu.Item>
        <Menu.Item
          onClick={() => {
            downloadText(pointsCsv(quantity, input.curves, runs), `${name}.csv`, 'text/csv')
          }}
        >
          Data (CSV)
        </Menu.Item>
        <Menu.Item
          onClick={() => {
            downloadText(JSON.stringify(whole()), `${name}.json`, 'application/json')
          }}
        >
          Plotly figure (JSON)
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          onClick={() => {
            actions.change(quantity, { pinned: !pinned })
          }}
        >
          {pinned ? 'Unpin' : 'Pin to top'}
        </Menu.Item>
        <Menu.Item
          onClick={() => {
            actions.remove(quantity)
          }}
        >
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
