// The derived columns: their names for who chooses columns, their values only where such a column is shown.
import { useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useMemo } from 'react'

import { answer, api } from '../api/client'
import type { Measured, Run } from '../api/types'
import { ATTRIBUTES, attributesOf, type Attribute } from '../model/attributes'
import { useView } from '../view/useView'
import { chunks, measureAttributes, valuesOf } from './measureColumns'

const CHUNK = 200

const NOTHING: Measured = { measures: [], target: 0, cells: [], runs: [] }

/** Every column that can be chosen; the derived ones once `wanted`. */
export function useOffered(wanted: boolean): readonly Attribute[] {
  const { data = NOTHING } = useQuery({
    queryKey: ['measures', ''],
    queryFn: () => ask([], undefined),
    enabled: wanted,
    staleTime: Infinity,
  })
  return useMemo(() => [...ATTRIBUTES, ...measureAttributes(data.measures, new Map(), data.target)], [data])
}

/** The chosen columns with their values for these runs. */
export function useAttributes(chosen: readonly string[], runs: readonly Run[]): readonly Attribute[] {
  const derived = chosen.length > attributesOf(chosen).length
  const { target } = useView()
  const answers = useQueries({
    queries: (derived ? parts(runs) : []).map((part) => ({
      queryKey: ['measures', part.map(({ id, status }) => `${id}${status}`).join(), target],
      queryFn: () => ask(part.map(({ id }) => id), target),
    })),
    combine: dataOf,
  })
  return useMemo(() => {
    const { measures, target: to } = answers.find((each) => each !== undefined) ?? NOTHING
    const attributes = measureAttributes(measures, valuesOf(answers), to)
    return chosen.flatMap((id) => [...attributesOf([id]), ...attributes.filter((attribute) => attribute.id === id)])
  }, [answers, chosen])
}

/** One function for good: then an answer that has not changed is no change. */
const dataOf = (found: readonly UseQueryResult<Measured>[]): (Measured | undefined)[] => found.map(({ data }) => data)

function parts(runs: readonly Run[]): Run[][] {
  const held = new Map(runs.map((run) => [run.id, run]))
  // Oldest first: a new run then changes the last part only.
  const ids = [...held.keys()].sort((a, b) => a - b)
  return chunks(ids, CHUNK).map((part) => part.flatMap((id) => held.get(id) ?? []))
}

async function ask(ids: readonly number[], target: number | undefined): Promise<Measured> {
  const query = { runs: ids.join(','), ...(target !== undefined && { target }) }
  return (await answer(api.GET('/api/v1/evidence/measures', { params: { query } }))).data
}
