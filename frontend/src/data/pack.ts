// A folder becomes one zip in the browser, image by image. Nothing is compressed: images are already.
import { downloadZip } from 'client-zip'

import type { Placed } from './picked'

/** `onProgress` receives the number of packed files. The browser keeps large archives on disk. */
export async function pack(files: readonly Placed[], onProgress: (done: number) => void, signal: AbortSignal): Promise<Blob> {
  let done = 0
  function* inputs() {
    for (const { path, file } of files) {
      signal.throwIfAborted()
      onProgress(done)
      done += 1
      yield { name: path, lastModified: file.lastModified, input: file }
    }
  }
  const blob = await downloadZip(inputs()).blob()
  signal.throwIfAborted()
  return blob
}
