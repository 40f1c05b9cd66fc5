// A mutation that cannot start again before it has ended: a double click is faster than React disables a button.
import { useMutation, type UseMutationOptions, type UseMutationResult } from '@tanstack/react-query'
import { useCallback, useState } from 'react'

import { isUnsure } from '../api/patience'
import { gate } from './gate'

type Options<Data, Failure, Wanted> = Omit<UseMutationOptions<Data, Failure, Wanted>, 'mutationFn'> & {
  /** `key` is the same for all tries of one mutation, also for those after an answer was lost: for the header of `withKey`. */
  mutationFn: (wanted: Wanted, key: string) => Promise<Data>
}

export function useOnce<Data, Failure, Wanted>({ mutationFn, ...options }: Options<Data, Failure, Wanted>): UseMutationResult<Data, Failure, Wanted> {
  const [{ enter, leave, key }] = useState(gate)
  const mutation = useMutation<Data, Failure, Wanted>({
    ...options,
    mutationFn: (wanted) => mutationFn(wanted, key()),
    onSettled: (...settled) => {
      leave(isUnsure(settled[1]))
      return options.onSettled?.(...settled)
    },
  })
  const { mutate: begin } = mutation
  const mutate = useCallback<typeof begin>(
    (...asked) => {
      if (enter(JSON.stringify([asked[0]]))) begin(...asked)
    },
    [begin, enter],
  )
  return { ...mutation, mutate }
}
