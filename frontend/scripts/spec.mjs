// Takes the run spec's schema, how many runs a launch may make and how many seeds a comparison takes, the measured quantities, the kinds of figures, the types of events, the colours of
// runs and the kinds that workers start out of openapi.json: the launch form's titles, help, ranges and defaults, how a chart's axis is scaled, what a figure is called and what the page
// listens to are the server's own and stand nowhere else.
import { readFileSync, writeFileSync } from 'node:fs'

const frontend = new URL('../', import.meta.url)
const { components } = JSON.parse(readFileSync(new URL('openapi.json', frontend), 'utf8'))
const { properties } = components.schemas.RunSpec
const { 'x-most-combinations': mostRuns, 'x-planned-seeds': seedsPlanned } = components.schemas.Launch.properties.vary
const { 'x-quantities': quantities } = components.schemas.Metric
const { 'x-figures': figures } = components.schemas.FigureKind
const { 'x-palette': palette } = components.schemas.ModelCard
const byWorkers = components.schemas.Run.properties.kind['x-by-workers']
const events = Object.fromEntries(components.schemas.EventPayloads.required.map((type) => [type, true]))
writeFileSync(new URL('src/api/spec.json', frontend), JSON.stringify({ mostRuns, seedsPlanned, properties, quantities, figures, events, palette, byWorkers }, null, 1) + '\n')
console.log(`src/api/spec.json: ${Object.keys(properties).length} fields, ${quantities.length} quantities, ${figures.length} figures, ${Object.keys(events).length} types of events`)
