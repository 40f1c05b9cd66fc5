import { describe, expect, it } from 'vitest'

import { mistakes, noAnswer, problemFrom, unanswered } from './problem'

const KNOWN = new Set(['model', 'epochs', 'seed', 'warmup_epochs'])

const refused = (...errors: { field: string; value?: unknown; message: string; allowed?: unknown[] }[]) =>
  problemFrom(422, { title: 'Unprocessable', status: 422, detail: 'no', errors })

describe('a problem', () => {
  it('says what the server said', () => {
    expect(problemFrom(409, { detail: 'Run 3 is finished.' })).toMatchObject({ message: 'Run 3 is finished.', status: 409 })
  })

  it('says so when the answer explains nothing', () => {
    expect(problemFrom(502, '<html>Bad gateway</html>').message).toContain('502')
    expect(noAnswer(new TypeError('Failed to fetch')).status).toBeNull()
  })

  it.each(['epochs', 'spec.epochs', 'vary.epochs.0'])('finds the field of %s', (field) => {
    const { at, elsewhere } = mistakes(refused({ field, value: 5000, message: 'Input should be at most 1000' }), KNOWN)
    expect(at).toEqual({ epochs: 'Input should be at most 1000.' })
    expect(elsewhere).toEqual([])
  })

  it('finds the field that a rule about several names first', () => {
    const { at } = mistakes(refused({ field: 'body', message: 'warmup_epochs (9) must be below epochs (5)' }), KNOWN)
    expect(Object.keys(at)).toEqual(['warmup_epochs'])
  })

  it('calls the field as the form does', () => {
    const batch = refused({ field: 'spec.epochs', value: 8192, message: 'epochs (8192) must not exceed 1000' })
    expect(mistakes(batch, KNOWN).at.epochs).toBe('Epochs (8192) must not exceed 1000.')
    const warmup = refused({ field: 'warmup_epochs', value: 9, message: 'warmup_epochs (9) must be below epochs (5)' })
    expect(mistakes(warmup, KNOWN).at.warmup_epochs).toBe('Warmup epochs (9) must be below epochs (5).')
    const list = refused({ field: 'seed', value: [0.75, 0.5], message: 'must rise' })
    expect(mistakes(list, KNOWN).at.seed).toBe('Must rise.')
  })

  it('never shows a body where a field is meant', () => {
    const missing = refused({ field: 'model', value: { dataset: 'digits', batch_size: 8192 }, message: 'Field required' })
    expect(mistakes(missing, KNOWN).at.model).toBe('Field required.')
  })

  it('names the choices where the message does not', () => {
    const { at } = mistakes(refused({ field: 'model', value: 'vgg', message: 'there is no such network', allowed: ['cnn'] }), KNOWN)
    expect(at.model).toBe('There is no such network. Allowed: cnn.')
  })

  it('keeps what belongs to no field, with what was sent', () => {
    expect(mistakes(refused({ field: 'milestones', value: [0.75, 0.5], message: 'must rise' }), KNOWN).elsewhere).toEqual(['Must rise. Got 0.75, 0.5.'])
    expect(mistakes(refused({ field: 'vary', message: 'makes 900 runs' }), KNOWN).elsewhere).toEqual(['Makes 900 runs.'])
    expect(mistakes(problemFrom(503, { detail: 'No worker yet.' }), KNOWN).elsewhere).toEqual(['No worker yet.'])
  })
})

describe('a question', () => {
  it('has a problem where it failed and nothing is there', () => {
    expect(unanswered({ data: undefined, error: new Error('gone') })?.message).toBe('gone')
    expect(unanswered({ data: undefined, error: null })).toBeNull()
  })

  it('keeps the answer that it had when it fails the next time', () => {
    expect(unanswered({ data: 'read before', error: new Error('gone') })).toBeNull()
    expect(unanswered({ data: null, error: new Error('gone') })).toBeNull()
  })
})
