import { describe, expect, it, vi } from 'vitest'

vi.mock('../api/root', () => ({ ROOT: new URL('http://lab.example/') }))

const { keyFrom } = await import('./upload')

describe('the key of an upload', () => {
  it.each([
    ['flowers.zip', 'flowers'],
    ['My Flowers (2).ZIP', 'my_flowers_2'],
    ['cifar-10-python.tar.gz', 'cifar-10-python'],
    ['a folder', 'a_folder'],
    ['__x.y-z__.zip', 'x.y-z'],
    ['Ünïcode.zip', 'n_code'],
    ['….zip', 'images'],
    ['水果.zip', 'images'],
  ])('of %s is %s', (file, key) => {
    expect(keyFrom(file)).toBe(key)
  })

  it('is never too long', () => {
    expect(keyFrom('a'.repeat(100))).toHaveLength(64)
  })
})
