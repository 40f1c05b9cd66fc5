// Uploads an archive or a folder of images, with progress.
import { noAnswer, problemFrom } from '../api/problem'
import { ROOT } from '../api/root'
import type { Import } from '../api/types'
import { pack } from './pack'
import type { Picked } from './picked'

export interface Upload {
  picked: Picked
  key: string
}

export interface Progress {
  doing: 'packing' | 'sending'
  /** 0 to 1. */
  share: number
}

/** Throws Problem, and an AbortError where it was given up. The lab only inspects it: what it finds is imported later. */
export async function upload({ picked, key }: Upload, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<Import> {
  const body = picked.kind === 'file' ? picked.file : await packed(picked, signal, onProgress)
  const address = new URL('api/v1/datasets', ROOT)
  address.search = new URLSearchParams({ key, preview: 'true', file: picked.name.slice(0, 200) }).toString()
  return send(address, body, signal, onProgress)
}

function packed({ files }: Extract<Picked, { kind: 'folder' }>, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<Blob> {
  return pack(files, (done) => { onProgress({ doing: 'packing', share: done / files.length }) }, signal)
}

/** XMLHttpRequest, because fetch reports no upload progress. */
function send(address: URL, body: Blob, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<Import> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded, total }) => {
      onProgress({ doing: 'sending', share: total > 0 ? loaded / total : 0 })
    }
    request.onerror = () => {
      reject(noAnswer(new TypeError('The connection ended during the upload.')))
    }
    request.onabort = () => {
      reject(new DOMException('The upload was cancelled.', 'AbortError'))
    }
    request.onload = () => {
      if (request.status === 202) resolve(request.response as Import)
      else reject(problemFrom(request.status, request.response))
    }
    signal.addEventListener('abort', () => { request.abort() }, { once: true })
    request.send(body)
  })
}

const LONGEST_KEY = 64

/** A key for what a file or folder is called: `My Flowers (2).tar.gz` is `my_flowers_2`, and one without a letter that a key may have `images`. */
export function keyFrom(name: string): string {
  const bare = name.replace(/(\.(zip|tar|tgz|gz|xz|bz2|npz|npy|parquet))+$/i, '').toLowerCase()
  return bare.replace(/[^a-z0-9_.-]+/g, '_').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '').slice(0, LONGEST_KEY) || 'images'
}
