// Packs the larger built files once, as well as it can be done: backend/page.py sends `app.js.br` or `app.js.gz` for app.js.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

/** The backend packs what is smaller in no time. */
const SMALLEST = 10_000

const folder = new URL('../dist/assets/', import.meta.url)

for (const name of readdirSync(folder)) {
  if (!/\.(js|css)$/.test(name)) continue
  const source = readFileSync(new URL(name, folder))
  if (source.length < SMALLEST) continue
  writeFileSync(new URL(`${name}.br`, folder), brotliCompressSync(source))
  writeFileSync(new URL(`${name}.gz`, folder), gzipSync(source, { level: 9 }))
}
