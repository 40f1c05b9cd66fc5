// What was dragged onto the page, folders with all that is in them.
import type { Placed } from './picked'

/** To be called while the drop is handled: the browser forgets what was dropped when that ends. */
export async function dropped(data: DataTransfer): Promise<Placed[]> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  return (await Promise.all(entries.map((entry) => filesIn(entry, '')))).flat()
}

async function filesIn(entry: FileSystemEntry, above: string): Promise<Placed[]> {
  const path = `${above}${entry.name}`
  if (isFile(entry)) return [{ path, file: await new Promise<File>((resolve, reject) => { entry.file(resolve, reject) }) }]
  if (!isFolder(entry)) return []
  const reader = entry.createReader()
  const found: Placed[] = []
  // Chromium answers with a hundred entries at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => { reader.readEntries(resolve, reject) })
    if (some.length === 0) return found
    for (const each of some) found.push(...(await filesIn(each, `${path}/`)))
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory

/** Of an input that takes files or a folder. */
export const chosen = (files: FileList): Placed[] => [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
