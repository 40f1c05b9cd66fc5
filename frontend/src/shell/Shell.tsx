// What every page has: the header, the page itself, the launch form.
import { Button, Kbd } from '@mantine/core'
import { Outlet } from '@tanstack/react-router'

import { LaunchDrawer } from '../launch/LaunchDrawer'
import { useFreshCatalog } from '../live/useFreshCatalog'
import { useRetryWhenBack } from '../live/useRetryWhenBack'
import { useNotifications } from '../notifications/useNotifications'
import { Mark, PlusIcon } from '../ui/icons'
import { useLaunchForm } from '../view/useView'
import { Help } from './Help'
import { LiveState } from './LiveState'
import { Nav } from './Nav'
import { PointAge } from './PointAge'
import classes from './shell.module.css'
import { SkipLink } from './SkipLink'
import { ThemeToggle } from './ThemeToggle'
import { useTitle } from './useTitle'
import { Workers } from './Workers'

export function Shell() {
  const { show } = useLaunchForm()
  useTitle()
  useFreshCatalog()
  useRetryWhenBack()
  useNotifications()
  return (
    <>
      <SkipLink />
      <header className={classes.header}>
        <span className={classes.brand}>
          <Mark />
          <h1>Skiplab</h1>
        </span>
        <Nav />
        <LiveState />
        <PointAge />
        <Workers />
        <div className={classes.tools}>
          <ThemeToggle />
          <Button
            leftSection={<PlusIcon size={16} />}
            onClick={() => {
              show()
            }}
            aria-keyshortcuts="n"
          >
            Launch
            <Kbd size="xs" ml={10} className={classes.kbd ?? ''}>
              N
            </Kbd>
          </Button>
        </div>
      </header>
      <Outlet />
      <LaunchDrawer />
      <Help />
    </>
  )
}
