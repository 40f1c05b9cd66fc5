// The launch form beside whatever is on the page; key `n` or the button opens it.
import { Drawer } from '@mantine/core'

import { Boundary } from '../ui/Panel'
import { useKeys } from '../ui/useKeys'
import { useLaunchForm, useView } from '../view/useView'
import { ClonedForm } from './ClonedForm'
import { blankDraft } from './draft'
import classes from './launch.module.css'
import { LaunchForm } from './LaunchForm'

export function LaunchDrawer() {
  const { open, show, hide } = useLaunchForm()
  const { clone, on, whole = false } = useView()
  useKeys([['n', () => { show() }]])
  return (
    <Drawer
      opened={open}
      onClose={hide}
      position="right"
      size={520}
      title="Launch runs"
      classNames={{ content: classes.drawer ?? '', body: classes.drawerBody ?? '', title: classes.title ?? '' }}
      closeButtonProps={{ 'aria-label': 'Close the form' }}
      overlayProps={{ backgroundOpacity: 0.25 }}
    >
      <Boundary what="Launch">
        {clone === undefined ? <LaunchForm key={on} first={{ ...blankDraft(), dataset: on ?? '' }} /> : <ClonedForm key={`${clone} ${whole}`} clone={clone} whole={whole} />}
      </Boundary>
    </Drawer>
  )
}
