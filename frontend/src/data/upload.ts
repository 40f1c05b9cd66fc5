// Sends a zip of images to the lab, and tells how much of it has gone.
import { noAnswer, problemFrom } from '../api/problem'
import { ROOT } from '../api/root'
import type { Import } from '../api/types'

export interface Upload {
  file: File
  key: string
  /** Pixels a side, as typed; empty: what most images have. */
  size: string
}

/** Throws Problem. XMLHttpRequest, for fetch does not say how far an upload is. */
export function upload({ file, key, size }: Upload, onProgress: (share: number) => void): Promise<Import> {
  const address = new URL('api/v1/datasets', ROOT)
  address.searchParams.set('key', key)
  if (size.trim() !== '') address.searchParams.set('size', size.trim())
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address)
    request.setRequestHeader('Content-Type', 'application/zip')
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded, total }) => {
      onProgress(total > 0 ? loaded / total : 0)
    }
    request.onerror = () => {
      reject(noAnswer(new TypeError('The connection ended during the upload.')))
    }
    request.onload = () => {
      if (request.status === 202) resolve(request.response as Import)
      else reject(problemFrom(request.status, request.response))
    }
    request.send(file)
  })
}

const LONGEST_KEY = 64

/** A key for what a file is called: `My Flowers (2).zip` is `my_flowers_2`. */
export function keyFrom(fileName: string): string {
  const bare = fileName.replace(/\.zip$/i, '').toLowerCase()
  return bare.replace(/[^a-z0-9_.-]+/g, '_').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '').slice(0, LONGEST_KEY)
}
