// Takes the run spec's schema, how many runs a launch may make, what there is to know of the measured quantities and the types of events out of
// openapi.json: the launch form's titles, help, ranges and defaults, what a chart is called and how its axis is scaled, and what the page listens to are
// the server's own and stand nowhere else.
import { readFileSync, writeFileSync } from 'node:fs'

const frontend = new URL('../', import.meta.url)
const { components } = JSON.parse(readFileSync(new URL('openapi.json', frontend), 'utf8'))
const { properties } = components.schemas.RunSpec
const mostRuns = components.schemas.Launch.properties.vary['x-most-combinations']
const { 'x-quantities': quantities } = components.schemas.Metric
const events = Object.fromEntries(components.schemas.EventPayloads.required.map((type) => [type, true]))
writeFileSync(new URL('src/api/spec.json', frontend), JSON.stringify({ mostRuns, properties, quantities, events }, null, 1) + '\n')
console.log(`src/api/spec.json: ${Object.keys(properties).length} fields, ${quantities.length} quantities, ${Object.keys(events).length} types of events`)
