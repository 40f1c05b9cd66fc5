// Events of the live stream, each with the shape of what it carries: the OpenAPI document lists them.
import type { components } from './schema'
import { events } from './spec.json'

type Payloads = components['schemas']['EventPayloads']

/** Of an event that changes what the page holds; `reset` ends the stream instead. */
export type EventType = Exclude<keyof Payloads, 'reset'>

export type LabEvent = { [T in EventType]: { id: number; type: T; data: Payloads[T] } }[EventType]

const { reset: _, ...changes } = events

export const EVENT_TYPES: readonly EventType[] = Object.keys(changes satisfies Record<EventType, boolean>) as EventType[]
