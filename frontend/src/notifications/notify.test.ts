import { notifications } from '@mantine/notifications'
import { createElement } from 'react'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { NoticeBody } from './NoticeBody'
import { notify } from './notify'

vi.mock('@mantine/notifications', () => ({ notifications: { show: vi.fn() } }))

const NOTICE = { title: 'run 7 has finished', body: '5 epochs', run: 7, tag: 'skiplab-7' }

const browser = (Notification: unknown) => {
  vi.stubGlobal('document', { baseURI: 'http://lab/' })
  vi.stubGlobal('window', { focus: vi.fn() })
  vi.stubGlobal('Notification', Notification)
}

describe('a notice', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.mocked(notifications.show).mockClear()
  })

  it('is the browser’s own, and opens what it tells of', () => {
    const made: { title: string; onclick?: () => void }[] = []
    browser(function (this: { title: string }, title: string) {
      this.title = title
      made.push(this)
    })
    const open = vi.fn()
    notify(NOTICE, open)
    made[0]?.onclick?.()
    expect(made[0]?.title).toBe('run 7 has finished')
    expect(open).toHaveBeenCalledOnce()
    expect(notifications.show).not.toHaveBeenCalled()
  })

  it('stands on the page where the browser refuses to make one', () => {
    browser(function () {
      throw new TypeError('Illegal constructor')
    })
    const open = vi.fn()
    notify(NOTICE, open)
    expect(notifications.show).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ title: 'run 7 has finished', message: createElement(NoticeBody, { body: '5 epochs', onOpen: open }) }))
  })
})
