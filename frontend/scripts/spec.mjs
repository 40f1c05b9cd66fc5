// Extracts from openapi.json what the page needs at run time, so that none of it is written twice: the run spec's schema, limits of a launch, quantities, figures and their options,
// types of events, colours of runs, the kinds of runs that workers start, the values of enumerations, and constants of the server's formulas.
import { readFileSync, writeFileSync } from 'node:fs'

const frontend = new URL('../', import.meta.url)
const { components, 'x-page': page } = JSON.parse(readFileSync(new URL('openapi.json', frontend), 'utf8'))
const { properties } = components.schemas.RunSpec
const { 'x-most-combinations': mostRuns, 'x-planned-seeds': seedsPlanned } = components.schemas.Launch.properties.vary
const { 'x-quantities': quantities } = components.schemas.Metric
const { 'x-figures': figures } = components.schemas.FigureKind
const { 'x-palette': palette } = components.schemas.ModelCard
const byWorkers = components.schemas.Run.properties.kind['x-by-workers']
const { enum: statuses } = components.schemas.Status
const ended = { run: components.schemas.Run.properties.status['x-ended'], errand: components.schemas.Errand.properties.status['x-ended'] }
const { enum: verdicts } = components.schemas.Verdict
const events = Object.fromEntries(components.schemas.EventPayloads.required.map((type) => [type, true]))
writeFileSync(new URL('src/api/spec.json', frontend), JSON.stringify({ mostRuns, seedsPlanned, properties, quantities, figures, events, palette, byWorkers, statuses, ended, verdicts, ...page }, null, 1) + '\n')
console.log(`src/api/spec.json: ${Object.keys(properties).length} fields, ${quantities.length} quantities, ${figures.length} figures, ${Object.keys(events).length} types of events`)
