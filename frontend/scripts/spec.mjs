// Takes the run spec's schema, how many runs a launch may make, the measured quantities and the kinds of figures out of openapi.json, so that the
// launch form's titles, help, ranges and defaults, how a chart's axis is scaled and what a figure is called are the server's own and stand nowhere else.
import { readFileSync, writeFileSync } from 'node:fs'

const frontend = new URL('../', import.meta.url)
const { components } = JSON.parse(readFileSync(new URL('openapi.json', frontend), 'utf8'))
const { properties } = components.schemas.RunSpec
const mostRuns = components.schemas.Launch.properties.vary['x-most-combinations']
const { 'x-quantities': quantities } = components.schemas.Metric
const { 'x-figures': figures } = components.schemas.FigureKind
writeFileSync(new URL('src/api/spec.json', frontend), JSON.stringify({ mostRuns, properties, quantities, figures }, null, 1) + '\n')
console.log(`src/api/spec.json: ${Object.keys(properties).length} fields, ${quantities.length} quantities, ${figures.length} figures`)
