// Names for the server's own shapes; the shapes come from the OpenAPI document.
import type { components } from './schema'

type Schemas = components['schemas']

export type Run = Schemas['Run']
export type RunSpec = Schemas['RunSpec']
export type Status = Schemas['Status']
export type Worker = Schemas['Worker']
export type ModelDetails = Schemas['ModelDetails']
export type Layer = Schemas['Layer']
export type ModelCard = Schemas['ModelCard']
export type DatasetCard = Schemas['DatasetCard']
export type Experiment = Schemas['Experiment']
export type Series = Schemas['Series']
export type MetricsEvent = Schemas['MetricsEvent']
export type RewindEvent = Schemas['RewindEvent']
export type LogEvent = Schemas['LogEvent']
export type CatalogEvent = Schemas['CatalogEvent']
export type RemovedEvent = Schemas['RemovedEvent']
export type Estimate = Schemas['Estimate']
export type PresetCard = Schemas['PresetCard']
export type FieldError = Schemas['FieldError']
export type ProblemBody = Schemas['ProblemBody']
