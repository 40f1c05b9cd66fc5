// A mutation that is not begun again before it has ended: a double click comes faster than React disables a button.
import { useMutation, type UseMutationOptions, type UseMutationResult } from '@tanstack/react-query'
import { useCallback, useState } from 'react'

import { gate } from './gate'

export function useOnce<Data, Failure, Wanted>(options: UseMutationOptions<Data, Failure, Wanted>): UseMutationResult<Data, Failure, Wanted> {
  const [{ enter, leave }] = useState(gate)
  const mutation = useMutation<Data, Failure, Wanted>({
    ...options,
    onSettled: (...settled) => {
      leave()
      return options.onSettled?.(...settled)
    },
  })
  const { mutate: begin } = mutation
  const mutate = useCallback<typeof begin>(
    (...asked) => {
      if (enter()) begin(...asked)
    },
    [begin, enter],
  )
  return { ...mutation, mutate }
}
