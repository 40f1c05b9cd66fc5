// What may not be there yet: that there is none is an answer as well, and stays one while it is asked for again.
import type { Answer } from '../api/client'
import { asProblem } from '../api/problem'

export async function nullIfMissing<T>(asked: Promise<Answer<T>>): Promise<T | null> {
  try {
    return (await asked).data
  } catch (error) {
    if (asProblem(error).status === 404) return null
    throw error
  }
}
