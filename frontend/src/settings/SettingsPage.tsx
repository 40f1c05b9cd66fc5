// Appearance and notifications of this browser; sessions and access tokens.
import { SegmentedControl, Switch, Text, useMantineColorScheme } from '@mantine/core'

import { setNotifications, useNotificationPreference, type Preference } from '../notifications/preference'
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
        <Appearance />
        <NotificationsPanel />
      </div>
      <SessionPanel />
      <TokensPanel />
      <EmptyExperiments />
    </Page>
  )
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Panel title="Appearance" aside={<ThisBrowser />}>
      <div className={classes.body}>
        <SegmentedControl
          aria-label="Appearance"
          value={colorScheme}
          data={[
            { value: 'auto', label: 'System' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
          onChange={(value) => {
            setColorScheme(value)
          }}
        />
      </div>
    </Panel>
  )
}

const HINTS: Readonly<Record<Preference, string>> = {
  off: 'Your browser will ask for permission.',
  on: 'While a tab of this lab is open, visible or not.',
  denied: 'Your browser blocks notifications from this page. You can allow them in its settings for this address.',
  unavailable: 'Browsers allow notifications only over HTTPS or from localhost.',
}

function NotificationsPanel() {
  const preference = useNotificationPreference()
  return (
    <Panel title="Notifications" aside={<ThisBrowser />}>
      <div className={classes.body}>
        <Switch
          label="Notify me when a run finishes or fails"
          description={HINTS[preference]}
          checked={preference === 'on'}
          disabled={preference === 'denied' || preference === 'unavailable'}
          onChange={({ currentTarget: { checked } }) => {
            void setNotifications(checked)
          }}
        />
      </div>
    </Panel>
  )
}

function ThisBrowser() {
  return (
    <Text size="xs" c="dimmed">
      this browser only
    </Text>
  )
}
