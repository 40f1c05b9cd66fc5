// Names for the server's own shapes; the shapes come from the OpenAPI document.
import type { components } from './schema'

type Schemas = components['schemas']

export type RunSpec = Schemas['RunSpec']
/** A run of any kind. Only a lab run has a spec; the others have a config of their own. */
export type Run = Schemas['Run']
export type LabRun = Run & { spec: RunSpec }

export function isLabRun<T extends Pick<Run, 'spec'>>(run: T): run is T & { spec: RunSpec } {
  return run.spec !== null
}

export type Clock = Schemas['Clock']
export type Cost = Schemas['Cost']
export type Metric = Schemas['Metric']
export type Status = Schemas['Status']
export type SystemSample = Schemas['SystemSample']
export type Worker = Schemas['Worker']
export type ModelDetails = Schemas['ModelDetails']
export type Block = Schemas['Block']
export type BlockNode = Schemas['BlockNode']
export type Layer = Schemas['Layer']
export type ModelCard = Schemas['ModelCard']
export type DatasetCard = Schemas['OfferedDataset']
export type Experiment = Schemas['Experiment']
export type Artifact = Schemas['Artifact']
export type Series = Schemas['Series']
export type MetricsEvent = Schemas['MetricsEvent']
export type Errand = Schemas['Errand']
export type Import = Schemas['Import']
export type Evidence = Schemas['Evidence']
export type SetEvidence = Schemas['SetEvidence']
export type ClaimEvidence = Schemas['ClaimEvidence']
export type Judgement = Schemas['Judgement']
export type PartVerdict = Schemas['PartVerdict']
export type Finding = Schemas['Finding']
export type FigureLink = Schemas['FigureLink']
export type LaunchOffer = Schemas['LaunchOffer']
export type Verdict = Schemas['Verdict']
export type Measured = Schemas['Measured']
export type CellSummary = Schemas['CellSummary']
export type MeasureCard = Schemas['MeasureCard']
export type Estimate = Schemas['Estimate']
export type PresetCard = Schemas['PresetCard']
export type FieldError = Schemas['FieldError']
export type ProblemBody = Schemas['ProblemBody']
