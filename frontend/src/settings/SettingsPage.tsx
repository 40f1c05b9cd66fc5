// What belongs to this browser (looks, notices), and who may come in (tokens).
import { SegmentedControl, Switch, Text, useMantineColorScheme } from '@mantine/core'

import { setWish, useWish, type Wish } from '../notices/wish'
import { Page } from '../ui/Page'
import { Panel } from '../ui/Panel'
import { EmptyExperiments } from './EmptyExperiments'
import { SessionPanel } from './SessionPanel'
import classes from './settings.module.css'
import { TokensPanel } from './TokensPanel'

export function SettingsPage() {
  return (
    <Page width="form">
      <div className={classes.pair}>
        <Looks />
        <Notices />
      </div>
      <SessionPanel />
      <TokensPanel />
      <EmptyExperiments />
    </Page>
  )
}

function Looks() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Panel title="Colours" aside={<ThisBrowser />}>
      <div className={classes.body}>
        <SegmentedControl
          aria-label="Colours"
          value={colorScheme}
          data={[
            { value: 'auto', label: 'as the system' },
            { value: 'light', label: 'light' },
            { value: 'dark', label: 'dark' },
          ]}
          onChange={(value) => {
            setColorScheme(value)
          }}
        />
      </div>
    </Panel>
  )
}

const HINTS: Readonly<Record<Wish, string>> = {
  'not asked for': 'The browser will ask you once whether this page may.',
  'asked for': 'While a tab of this lab is open, hidden or not.',
  refused: 'The browser refuses notices from this page; its settings for this address can change that.',
  impossible: 'Browsers allow notices only over HTTPS, and from a lab on this very machine.',
}

function Notices() {
  const wish = useWish()
  return (
    <Panel title="Notices" aside={<ThisBrowser />}>
      <div className={classes.body}>
        <Switch
          label="Tell me when a run has finished or failed"
          description={HINTS[wish]}
          checked={wish === 'asked for'}
          disabled={wish === 'refused' || wish === 'impossible'}
          onChange={({ currentTarget: { checked } }) => {
            void setWish(checked)
          }}
        />
      </div>
    </Panel>
  )
}

function ThisBrowser() {
  return (
    <Text size="xs" c="dimmed">
      of this browser
    </Text>
  )
}
