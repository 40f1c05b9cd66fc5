// What somebody has chosen to upload, and what can be said against it before anything is sent. Pure, but for a read of the
// first bytes of one file.
import { groupBy } from '../lib/collections'
import { bytes, plural } from '../lib/format'

/** A file, and where it is in what was chosen. */
export interface Placed {
  path: string
  file: File
}

/** One file that is an archive or holds arrays, or a folder, which is packed into one. */
export type Picked = { kind: 'file'; name: string; file: File } | { kind: 'folder'; name: string; files: readonly Placed[] }

/** Mirrors skiplab/contract/archives.py, which decides. */
const STARTS: readonly (readonly number[])[] = [
  [0x50, 0x4b],
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  [0x50, 0x41, 0x52, 0x31],
  [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59],
  [0, 0, 8],
]
const TAR = { at: 257, start: [0x75, 0x73, 0x74, 0x61, 0x72] }

export const KINDS = 'a zip or tar archive (.zip, .tar, .tar.gz), an .npz, an idx or a Parquet file'

const IMAGES = /\.(png|jpe?g|jfif|webp|bmp|gif|tiff?|ppm|pgm|pbm|pnm|avif|heic|heif|jp2|tga|ico)$/i
const HOLDERS = /\.(zip|tar|gz|tgz|xz|bz2|npz|npy|parquet)$|(^|\/)(data_batch|test_batch|train|test)[^/.]*$|ubyte$/i

/** Of one chosen file; several are a folder without a name. */
export function pickedOf(files: readonly Placed[]): Picked | null {
  const [first, ...others] = files
  if (first === undefined) return null
  if (others.length === 0 && !first.path.includes('/')) return { kind: 'file', name: first.path, file: first.file }
  const tops = new Set(files.map(({ path }) => path.split('/', 1)[0] ?? ''))
  const [top = ''] = tops
  const inOne = tops.size === 1 && files.every(({ path }) => path.includes('/'))
  return { kind: 'folder', name: inOne ? top : 'images', files }
}

export const sizeOf = (picked: Picked): number => (picked.kind === 'file' ? picked.file.size : picked.files.reduce((sum, { file }) => sum + file.size, 0))

/** Why it cannot be uploaded, and what to do instead; null where nothing speaks against it. `head`: of the one file. */
export function objection(picked: Picked, largest: number, head: Uint8Array = new Uint8Array()): string | null {
  const size = sizeOf(picked)
  if (size > largest) return `${picked.name} has ${bytes(size)}; the limit is ${bytes(largest)}. Import it from the command line on the server instead.`
  if (picked.kind === 'folder') return folderObjection(picked.files)
  if (size === 0) return `${picked.name} is empty.`
  if (isRead(head)) return null
  if (IMAGES.test(picked.name)) return `${picked.name} is one picture. Choose the folder that it is in.`
  return `${picked.name} is not ${KINDS}.`
}

function folderObjection(files: readonly Placed[]): string | null {
  if (files.length === 0) return 'The folder is empty.'
  if (files.some(({ path }) => IMAGES.test(path) || HOLDERS.test(path))) return null
  const kinds = groupBy(files, ({ path }) => /\.[^./]+$/.exec(path)?.[0].toLowerCase() ?? 'without a suffix')
  const told = [...kinds].sort(([, a], [, b]) => b.length - a.length).slice(0, 5).map(([kind, some]) => `${kind} (${some.length})`)
  return `There is no image among its ${plural(files.length, 'file')}: ${told.join(', ')}.`
}

const isRead = (head: Uint8Array): boolean =>
  STARTS.some((start) => start.every((byte, place) => head[place] === byte)) || TAR.start.every((byte, place) => head[TAR.at + place] === byte)

export const headOf = async (picked: Picked): Promise<Uint8Array> => (picked.kind === 'file' ? new Uint8Array(await picked.file.slice(0, 512).arrayBuffer()) : new Uint8Array())
