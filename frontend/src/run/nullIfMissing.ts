// Data that may not exist yet: a 404 becomes null, which is shown while it is refetched.
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
