// Takes the run spec's schema out of openapi.json, and how many runs a launch may make, so that the launch form's titles,
// help, ranges and defaults are the server's own and stand nowhere else.
import { readFileSync, writeFileSync } from 'node:fs'

const frontend = new URL('../', import.meta.url)
const { components } = JSON.parse(readFileSync(new URL('openapi.json', frontend), 'utf8'))
const { properties } = components.schemas.RunSpec
const mostRuns = components.schemas.Launch.properties.vary['x-most-combinations']
writeFileSync(new URL('src/api/spec.json', frontend), JSON.stringify({ mostRuns, properties }, null, 1) + '\n')
console.log(`src/api/spec.json: ${Object.keys(properties).length} fields`)
