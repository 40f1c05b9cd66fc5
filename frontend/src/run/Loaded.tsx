// The state of a query: loading, loaded, missing or failed.
import { Skeleton, Text } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { asProblem, unanswered } from '../api/problem'
import { Guard } from '../ui/Guard'
import classes from './run.module.css'

interface LoadedProps<T> {
  asked: UseQueryResult<T>
  /** "load the log" */
  wanted: string
  /** Shown if there is none. */
  nothing: string
  children: (found: T) => ReactNode
}

export function Loaded<T>({ asked, wanted, nothing, children }: LoadedProps<T>) {
  if (asked.error && asProblem(asked.error).status === 404) return <Nothing>{nothing}</Nothing>
  return (
    <Guard
      wanted={wanted}
      found={asked.data}
      problem={unanswered(asked)}
      onRetry={() => void asked.refetch()}
      waiting={<Skeleton height={240} radius="md" />}
    >
      {children}
    </Guard>
  )
}

export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed" className={classes.nothing ?? ''}>
      {children}
    </Text>
  )
}
