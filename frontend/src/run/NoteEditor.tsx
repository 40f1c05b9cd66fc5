// Name, tags and note, edited in place.
import { Button, Group, TagsInput, Text, TextInput, Textarea } from '@mantine/core'
import { useState } from 'react'

import type { Run } from '../api/types'
import { useChangeRun } from '../runs/actions'
import { changesOf, edited, meanwhile, shown, type Edit, type Noted } from './edit'
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
        Edit details
      </Button>
    </Group>
  )
}

function Editor({ run, onDone }: { run: Run; onDone: () => void }) {
  const [edit, setEdit] = useState<Edit>({})
  const { name, tags, note } = shown(edit, run)
  const change = useChangeRun(run.id)
  const set = <Field extends keyof Noted>(field: Field, value: Noted[Field]): void => {
    setEdit((before) => edited(before, run, field, value))
  }
  return (
    <form
      className={classes.editor}
      onSubmit={(event) => {
        event.preventDefault()
        const changes = changesOf(edit, run)
        if (Object.keys(changes).length === 0) onDone()
        else change.mutate(changes, { onSuccess: onDone })
      }}
    >
      <TextInput size="xs" label="Name" required value={name} description={elsewhere(meanwhile(edit, run, 'name'))} onChange={({ currentTarget: { value } }) => { set('name', value) }} data-autofocus />
      <TagsInput size="xs" label="Tags" value={tags} onChange={(value) => { set('tags', value) }} />
      <Textarea size="xs" label="Note" autosize minRows={2} value={note} description={elsewhere(meanwhile(edit, run, 'note'))} onChange={({ currentTarget: { value } }) => { set('note', value) }} />
      <Group gap="xs">
        <Button size="xs" type="submit" loading={change.isPending}>
          Save
        </Button>
        <Button size="xs" variant="subtle" onClick={onDone}>
          Cancel
        </Button>
      </Group>
    </form>
  )
}

const elsewhere = (value: string | null): string | undefined => (value === null ? undefined : `Changed meanwhile to “${value}”. Saving replaces that.`)
