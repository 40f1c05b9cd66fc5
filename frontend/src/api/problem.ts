// Failed requests in one shape: the server's application/problem+json, or that there was no response.
import { capital } from '../lib/format'
import type { FieldError, ProblemBody } from './types'

export class Problem extends Error {
  readonly status: number | null
  readonly fields: readonly FieldError[]
  /** Seconds until it is worth another try; null where the server promises nothing. */
  readonly retryAfter: number | null

  constructor(message: string, { status = null, fields = [], retryAfter = null, cause }: ProblemOptions = {}) {
    super(message, { cause })
    this.name = 'Problem'
    this.status = status
    this.fields = fields
    this.retryAfter = retryAfter
  }
}

interface ProblemOptions {
  status?: number | null
  fields?: readonly FieldError[]
  retryAfter?: number | null
  cause?: unknown
}

export function problemFrom(status: number, body: unknown, retryAfter: number | null = null): Problem {
  if (isProblemBody(body)) return new Problem(body.detail, { status, fields: body.errors ?? [], retryAfter })
  return new Problem(`The server answered with status ${status} and no explanation.`, { status, retryAfter })
}

export function noAnswer(cause: unknown): Problem {
  return new Problem('The server does not respond. Is it running, and is this machine online?', { cause })
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem(error instanceof Error ? error.message : String(error), { cause: error })
}

/** The problem to show instead of data; null while earlier data can be shown. */
export function unanswered({ data, error }: { data: unknown; error: Error | null }): Problem | null {
  return data === undefined && error !== null ? asProblem(error) : null
}

export interface Mistakes {
  /** Form field to what is wrong with it. */
  at: Readonly<Record<string, string>>
  /** What no field of the form could be found for. */
  elsewhere: readonly string[]
}

/** Sorts a problem's field errors to the form's fields: `vary.seed.0`, `spec.epochs` and `epochs` all find theirs. */
export function mistakes(problem: Problem, known: ReadonlySet<string>): Mistakes {
  const at: Record<string, string> = {}
  const elsewhere: string[] = []
  for (const error of problem.fields) {
    const field = fieldOf(error, known)
    if (field === undefined) elsewhere.push(`${describe(error)}${givenText(error)}`)
    else at[field] = field in at ? `${at[field]} ${describe(error)}` : describe(error)
  }
  if (problem.fields.length === 0) elsewhere.push(problem.message)
  return { at, elsewhere }
}

function fieldOf(error: FieldError, known: ReadonlySet<string>): string | undefined {
  const byPath = error.field.split('.').find((part) => known.has(part))
  if (byPath !== undefined) return byPath
  // A rule about several fields has no path of its own; its message begins with the field that breaks it.
  const first = /^[a-z_]+/.exec(error.message)?.[0]
  return first !== undefined && known.has(first) ? first : undefined
}

function describe({ field, message, allowed }: FieldError): string {
  const sentence = titled(message, field)
  const choices = allowed && !allowed.every((choice) => message.includes(String(choice)))
  return `${sentence.replace(/\.?$/, '.')}${choices ? ` Allowed: ${allowed.join(', ')}.` : ''}`
}

/** What was sent, where no field of the form shows it. */
function givenText({ message, value }: FieldError): string {
  const text = value === undefined || value === null ? null : shown(value)
  // `batch_size (8192) must not exceed …` has it already.
  return text === null || message.includes(`(${text})`) ? '' : ` Got ${text}.`
}

/** A sentence begins with a capital, and calls a field as the form does: `batch_size (8192)` is `Batch size (8192)`. */
function titled(message: string, field: string): string {
  const name = field.split('.').at(-1) ?? ''
  const own = name !== '' && message.startsWith(`${name} `) ? name.replaceAll('_', ' ') + message.slice(name.length) : message
  return capital(own)
}

/** The rejected value as text; null for values that were not typed, such as a body. */
function shown(value: unknown): string | null {
  if (typeof value === 'string' || typeof value === 'number') return JSON.stringify(value)
  const plain = Array.isArray(value) && value.every((each) => typeof each === 'string' || typeof each === 'number')
  return plain ? value.join(', ') : null
}

function isProblemBody(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string'
}
