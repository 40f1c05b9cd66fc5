import { expect, it } from 'vitest'

import { loggedImages } from './media'

const file = (name: string, step: number, kind: 'image' | 'file' = 'image') => ({ kind, step, path: `3/files/${name}` })

it('shows what was logged of each key by its steps, and no other file', () => {
  const found = loggedImages([file('media/val/masks/20.png', 20), file('media/val/masks/9-1.png', 9), file('media/val/masks/9.png', 9), file('media/a/1.png', 1), file('model.pt', 0, 'file')])
  expect(found.map(({ key, steps }) => [key, steps])).toEqual([['a', [1]], ['val/masks', [9, 20]]])
  expect(found[1]?.images.get(9)).toEqual(['3/files/media/val/masks/9-1.png', '3/files/media/val/masks/9.png'])
})
