// Shows a notification: the browser's own, or one on the page where the browser cannot make one.
import { notifications } from '@mantine/notifications'
import { createElement } from 'react'

import type { Notice } from './endings'
import { NoticeBody } from './NoticeBody'

/** Longer than other notices: it is last in the tab order. */
const STAYS_MS = 20_000

export function notify({ title, body, tag }: Notice, onOpen: () => void): void {
  try {
    const shown = new Notification(title, { body, tag, icon: new URL('favicon.svg', document.baseURI).href })
    shown.onclick = () => {
      window.focus()
      onOpen()
    }
  } catch {
    // Chrome on Android allows the constructor to service workers only, and says so no earlier than here.
    notifications.show({ id: tag, title, message: createElement(NoticeBody, { body, onOpen }), autoClose: STAYS_MS })
  }
}
