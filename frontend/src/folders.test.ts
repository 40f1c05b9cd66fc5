// The folders of src/ stand on floors, and none imports another in a circle. ESLint holds the floors as one writes.
import { expect, test } from 'vitest'

import floors from '../floors.json'

const SOURCES: Readonly<Record<string, string>> = import.meta.glob('./*/**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true })

/** Static, dynamic and mocked ones alike. */
const IMPORT = /['"](\.{1,2}\/[^'"]+)['"]/g

const folderOf = (url: URL): string => url.pathname.split('/')[1] ?? ''

/** Which other folders each folder imports from. */
function importsOfFolders(): Map<string, Set<string>> {
  const imports = new Map(floors.flat().map((name) => [name, new Set<string>()]))
  for (const [path, source] of Object.entries(SOURCES)) {
    const file = new URL(path, 'file:///')
    const targets = [...source.matchAll(IMPORT)].map(([, target = '']) => folderOf(new URL(target, file)))
    for (const target of targets) if (target !== folderOf(file) && imports.has(target)) imports.get(folderOf(file))?.add(target)
  }
  return imports
}

/** The folders from which a walk along the imports comes back to where it began. */
function circle(imports: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    for (const next of imports.get(from) ?? []) if (!seen.has(next)) reached(next, seen.add(next))
    return seen
  }
  return [...imports.keys()].filter((folder) => reached(folder).has(folder))
}

test('every folder has its floor', () => {
  const folders = new Set(Object.keys(SOURCES).map((path) => folderOf(new URL(path, 'file:///'))))
  expect([...folders].sort()).toEqual(floors.flat().sort())
})

test('a folder imports nothing from a floor above its own', () => {
  const floorOf = new Map(floors.flatMap((names, floor) => names.map((name) => [name, floor])))
  const upwards = [...importsOfFolders()].flatMap(([folder, targets]) =>
    [...targets].filter((target) => (floorOf.get(target) ?? 0) > (floorOf.get(folder) ?? 0)).map((target) => `${folder} -> ${target}`),
  )
  expect(upwards).toEqual([])
})

test('no folders import each other in a circle', () => {
  const imports = importsOfFolders()
  expect(imports.get('live')).toContain('api')
  expect(circle(imports)).toEqual([])
  expect(circle(new Map([['a', new Set(['b'])], ['b', new Set(['c'])], ['c', new Set(['b'])]]))).toEqual(['b', 'c'])
})
