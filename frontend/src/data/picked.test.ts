import { describe, expect, it } from 'vitest'

import { objection, pickedOf } from './picked'

const placed = (path: string, content = 'x') => ({ path, file: new File([content], path.split('/').at(-1) ?? '') })
const folder = (...paths: string[]) => pickedOf(paths.map((path) => placed(path))) ?? expect.fail('nothing was chosen')
const MIB = 2 ** 20

describe('what was chosen', () => {
  it('is a file, a folder, or some files', () => {
    expect(pickedOf([])).toBeNull()
    expect(folder('flowers.zip')).toMatchObject({ kind: 'file', name: 'flowers.zip' })
    expect(folder('flowers/train/rose/1.jpg', 'flowers/test/rose/2.jpg')).toMatchObject({ kind: 'folder', name: 'flowers' })
    expect(folder('cat.0.jpg', 'dog.0.jpg')).toMatchObject({ kind: 'folder', name: 'images' })
    expect(folder('train/rose/1.jpg', 'test/rose/2.jpg')).toMatchObject({ kind: 'folder', name: 'images' })
  })

  it('may be any file that a lab reads, whatever its name', () => {
    const started = (...head: number[]) => objection(folder('flowers.dat'), MIB, Uint8Array.from(head))
    expect(started(0x50, 0x4b, 3, 4)).toBeNull()
    expect(started(0x1f, 0x8b)).toBeNull()
    const tar = new Uint8Array(512)
    tar.set([0x75, 0x73, 0x74, 0x61, 0x72], 257)
    expect(objection(folder('flowers.tar'), MIB, tar)).toBeNull()
    expect(started(0x52, 0x61, 0x72, 0x21)).toBe('flowers.dat is not a zip or tar archive (.zip, .tar, .tar.gz), an .npz, an idx or a Parquet file.')
  })

  it('is refused before it is sent where nothing can come of it', () => {
    expect(objection(folder('rose.jpg'), MIB)).toBe('rose.jpg is one picture. Choose the folder that it is in.')
    expect(objection(folder('a/notes.txt', 'a/b/more.txt', 'a/table.csv'), MIB)).toBe('There is no image among its 3 files: .txt (2), .csv (1).')
    expect(objection({ kind: 'folder', name: 'a', files: [] }, MIB)).toBe('The folder is empty.')
    expect(objection(folder('flowers.zip'), 0)).toMatch(/flowers.zip has 1 bytes; the limit is 0 bytes\./)
  })

  it('may be a folder of pictures, or of arrays without a suffix', () => {
    expect(objection(folder('a/rose/1.PPM', 'a/readme.txt'), MIB)).toBeNull()
    expect(objection(folder('cifar-10-batches-py/data_batch_1', 'cifar-10-batches-py/readme.html'), MIB)).toBeNull()
  })
})
