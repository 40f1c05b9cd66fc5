import { expect, it } from 'vitest'

import { renderedElsewhere } from './words'

it('says of a preview that another host has who rendered it, and why it is not here', () => {
  expect(renderedElsewhere('vm2')).toMatch(/^The preview was rendered by worker vm2, but is not on this server: /)
  expect(renderedElsewhere(null)).toContain('rendered by a worker, but')
})
