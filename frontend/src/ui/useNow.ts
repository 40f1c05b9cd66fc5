// The time, for what grows old on the page by itself.
import { useEffect, useState } from 'react'

const TICK_MS = 5_000

export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const clock = setInterval(() => {
      setNow(Date.now())
    }, TICK_MS)
    return () => {
      clearInterval(clock)
    }
  }, [])
  return now
}
