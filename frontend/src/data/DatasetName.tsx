// A data set's display name, edited in place. Its key, which specs and links contain, stays.
import { Button, Group, TextInput } from '@mantine/core'
import { useState } from 'react'

import type { DatasetCard } from '../api/types'
import classes from './data.module.css'
import { useRename } from './versions'

export function DatasetName({ card: { key, label } }: { card: DatasetCard }) {
  const [typed, setTyped] = useState<string | null>(null)
  const rename = useRename(key)
  const close = (): void => {
    setTyped(null)
    rename.reset()
  }
  if (typed === null) {
    return (
      <Button size="compact-xs" variant="subtle" className={classes.rename ?? ''} onClick={() => { setTyped(label) }}>
        Rename
      </Button>
    )
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (typed.trim() === label) close()
        else rename.mutate(typed.trim(), { onSuccess: close })
      }}
    >
      <Group gap="xs" align="flex-start">
        <TextInput size="xs" aria-label="Name of the data set" autoFocus required maxLength={200} value={typed} error={rename.error?.message} onChange={({ currentTarget: { value } }) => { setTyped(value) }} />
        <Button size="xs" type="submit" loading={rename.isPending}>Save</Button>
        <Button size="xs" variant="subtle" onClick={close}>Cancel</Button>
      </Group>
    </form>
  )
}
