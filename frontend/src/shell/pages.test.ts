import { describe, expect, it } from 'vitest'

import { titleOf } from './pages'

describe('the title of the window', () => {
  it.each([
    [{ route: '/', params: {} }, undefined, 'Runs · Skiplab'],
    [{ route: '/queue', params: {} }, undefined, 'Queue · Skiplab'],
    [{ route: '/runs/$run', params: { run: '4' } }, 'deep', '#4 deep · Skiplab'],
    [{ route: '/runs/$run', params: { run: '4' } }, undefined, '#4 · Skiplab'],
    [{ route: '/networks/$network', params: { network: 'cnn' } }, undefined, 'cnn · Networks · Skiplab'],
    [{ route: '/evidence/$experiment', params: { experiment: '7' } }, undefined, 'experiment 7 · Evidence · Skiplab'],
    [{ route: undefined, params: {} }, undefined, 'Skiplab'],
  ])('at %j, run %s, is %s', (place, run, title) => {
    expect(titleOf(place, run, null)).toBe(title)
  })

  it('begins with how far the running runs are', () => {
    expect(titleOf({ route: '/data', params: {} }, undefined, 42)).toBe('42% · Data · Skiplab')
  })
})
