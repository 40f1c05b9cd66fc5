import { describe, expect, it } from 'vitest'

import { changesOf, edited, meanwhile, shown } from './edit'

const RUN = { name: 'first', tags: ['old', 'depth'], note: '' }

describe('an edit', () => {
  it('sends only what was changed, so that a rename beside it stays', () => {
    const edit = edited({}, RUN, 'note', 'better than #3')
    const renamed = { ...RUN, name: 'renamed in another tab' }
    expect(shown(edit, renamed).name).toBe('renamed in another tab')
    expect(changesOf(edit, renamed)).toEqual({ note: 'better than #3' })
  })

  it('sends nothing where everything is as it was', () => {
    expect(changesOf({}, RUN)).toEqual({})
    expect(changesOf(edited(edited({}, RUN, 'name', 'x'), RUN, 'name', 'first'), RUN)).toEqual({})
  })

  it('keeps the tags that others have added, and takes away what was taken away here', () => {
    const edit = edited({}, RUN, 'tags', ['depth', 'mine'])
    const tagged = { ...RUN, tags: ['old', 'depth', 'theirs'] }
    expect(changesOf(edit, tagged)).toEqual({ tags: ['depth', 'theirs', 'mine'] })
  })

  it('says when somebody else has changed the same field', () => {
    const edit = edited(edited({}, RUN, 'name', 'm'), RUN, 'name', 'mine')
    expect(meanwhile(edit, RUN, 'name')).toBeNull()
    expect(meanwhile(edit, { ...RUN, name: 'theirs' }, 'name')).toBe('theirs')
    expect(meanwhile(edit, { ...RUN, name: 'mine' }, 'name')).toBeNull()
    expect(meanwhile({}, { ...RUN, name: 'theirs' }, 'name')).toBeNull()
  })
})
