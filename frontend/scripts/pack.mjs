// Packs the larger built files once, as well as it can be done: backend/page.py sends `app.js.br` or `app.js.gz` for app.js.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

/** The backend packs what is smaller in no time. */
const SMALLEST = 10_000

for (const folder of ['assets', 'viewer']) {
  const place = new URL(`../dist/${folder}/`, import.meta.url)
  for (const name of readdirSync(place)) {
    if (!/\.(js|css)$/.test(name)) continue
    const source = readFileSync(new URL(name, place))
    if (source.length < SMALLEST) continue
    writeFileSync(new URL(`${name}.br`, place), brotliCompressSync(source))
    writeFileSync(new URL(`${name}.gz`, place), gzipSync(source, { level: 9 }))
  }
}
