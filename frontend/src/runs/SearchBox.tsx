// The table's search: every word must be in the run's name, note, tags, network, data set or experiment.
import { TextInput } from '@mantine/core'
import { useRef } from 'react'

import { SearchIcon } from '../ui/icons'
import { useHeld } from '../ui/useHeld'
import { useKeys } from '../ui/useKeys'
import { useViewPart } from '../view/useView'
import classes from './runs.module.css'

export function SearchBox() {
  const [q = '', setQ] = useViewPart('q')
  const [typed, type] = useHeld(
    q,
    (text) => {
      setQ(text || undefined)
    },
    (text) => text.trim(),
  )
  const input = useRef<HTMLInputElement>(null)
  useKeys([['/', () => input.current?.focus()]])
  return (
    <TextInput
      ref={input}
      className={classes.search}
      size="xs"
      type="search"
      placeholder="Search  /"
      aria-label="Search runs"
      leftSection={<SearchIcon size={14} />}
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        type(value)
      }}
    />
  )
}
