// Name, tags and note, changed in place.
import { Button, Group, TagsInput, Text, TextInput, Textarea } from '@mantine/core'
import { useState } from 'react'

import type { Run } from '../api/types'
import { useChangeRun } from '../runs/actions'
import classes from './run.module.css'

export function NoteEditor({ run }: { run: Run }) {
  const [open, setOpen] = useState(false)
  if (open) return <Editor run={run} onDone={() => { setOpen(false) }} />
  return (
    <Group gap="xs" align="flex-start" className={classes.note ?? ''}>
      {run.note !== '' && (
        <Text size="sm" className={classes.noteText ?? ''}>
          {run.note}
        </Text>
      )}
      <Button size="compact-xs" variant="subtle" onClick={() => { setOpen(true) }}>
        {run.note === '' ? 'Add a note, rename, tag' : 'Edit'}
      </Button>
    </Group>
  )
}

function Editor({ run, onDone }: { run: Run; onDone: () => void }) {
  const [name, setName] = useState(run.name)
  const [tags, setTags] = useState<string[]>([...run.tags])
  const [note, setNote] = useState(run.note)
  const change = useChangeRun(run.id)
  return (
    <form
      className={classes.editor}
      onSubmit={(event) => {
        event.preventDefault()
        change.mutate({ name, tags, note }, { onSuccess: onDone })
      }}
    >
      <TextInput size="xs" label="Name" required value={name} onChange={({ currentTarget: { value } }) => { setName(value) }} data-autofocus />
      <TagsInput size="xs" label="Tags" value={tags} onChange={setTags} />
      <Textarea size="xs" label="Note" autosize minRows={2} value={note} onChange={({ currentTarget: { value } }) => { setNote(value) }} />
      <Group gap="xs">
        <Button size="xs" type="submit" loading={change.isPending}>
          Save
        </Button>
        <Button size="xs" variant="subtle" onClick={onDone}>
          Leave it
        </Button>
      </Group>
    </form>
  )
}
