// Takes a folder or an archive, by a drop anywhere on the page or from a dialogue, checks it, and sends it.
import { Button, Group, Progress as Bar, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useRef, useState } from 'react'

import { asProblem, mistakes, type Problem } from '../api/problem'
import type { Import } from '../api/types'
import { bytes, percent, plural } from '../lib/format'
import { useOnce } from '../ui/useOnce'
import classes from './data.module.css'
import { chosen, dropped } from './dropped'
import { headOf, objection, pickedOf, sizeOf, type Picked, type Placed } from './picked'
import { keyFrom, upload, type Progress, type Upload } from './upload'
import { useTaken } from './useTaken'

const KNOWN = new Set(['key'])

export function UploadForm({ largest }: { largest: number }) {
  const queries = useQueryClient()
  const [picked, setPicked] = useState<Picked | null>(null)
  const [refused, setRefused] = useState<string | null>(null)
  const [key, setKey] = useState('')
  const [progress, setProgress] = useState<Progress | null>(null)
  const giveUp = useRef<AbortController | null>(null)
  const send = useOnce<Import, Problem, Upload>({
    mutationFn: (wanted) => {
      giveUp.current = new AbortController()
      return upload(wanted, giveUp.current.signal, setProgress)
    },
    onSuccess: async () => {
      setPicked(null)
      setKey('')
      await queries.invalidateQueries({ queryKey: ['imports'] })
    },
    onSettled: () => {
      setProgress(null)
    },
  })

  const take = async (files: readonly Placed[]): Promise<void> => {
    send.reset()
    const next = pickedOf(files)
    const wrong = next && objection(next, largest, await headOf(next))
    setRefused(next === null ? 'The folder is empty.' : wrong)
    setPicked(wrong === null ? next : null)
    if (next && wrong === null) setKey(keyFrom(next.name))
  }
  const over = useDrops((files) => {
    files.then(take).catch((error: unknown) => {
      setPicked(null)
      setRefused(`Couldn’t read it: ${asProblem(error).message}`)
    })
  }, send.isPending)
  // What nobody sees any more cannot be cancelled either.
  useEffect(() => () => { giveUp.current?.abort() }, [])

  const taken = useTaken(key)
  const given = send.error?.name === 'AbortError'
  const { at, elsewhere } = send.error && !given ? mistakes(asProblem(send.error), KNOWN) : { at: {}, elsewhere: [] }
  return (
    <form
      className={classes.upload}
      onSubmit={(event) => {
        event.preventDefault()
        if (picked === null) return
        send.mutate({ picked, key: key.trim() })
      }}
    >
      <div className={classes.drop} data-over={over}>
        <Text size="sm">Drop a folder or an archive of images here.</Text>
        <Group gap="xs" justify="center">
          <Chooser label="Choose a folder" folder onChosen={(files) => void take(files)} disabled={send.isPending} />
          <Chooser label="Choose a file" onChosen={(files) => void take(files)} disabled={send.isPending} />
        </Group>
        <Text size="xs" c="dimmed">{`One folder per class, optionally inside train and test folders. At most ${bytes(largest)}. You can review what was found before importing.`}</Text>
      </div>
      {refused && <Text size="sm" c="red" role="alert">{refused}</Text>}
      {picked && (
        <>
          <Text size="sm">
            {picked.name}
            <span className={classes.count}>{picked.kind === 'folder' ? ` ${plural(picked.files.length, 'file')}, ${bytes(sizeOf(picked))}` : ` ${bytes(sizeOf(picked))}`}</span>
          </Text>
          <TextInput size="xs" label="Name" autoComplete="off" description={taken} error={at.key} value={key} disabled={send.isPending} onChange={({ currentTarget: { value } }) => { setKey(value) }} />
          {elsewhere.length > 0 && <Text size="sm" c="red" role="alert">{elsewhere.join(' ')}</Text>}
          {progress && (
            <div>
              <Text size="xs" c="dimmed">{`${progress.doing === 'packing' ? 'Packing' : 'Uploading'}: ${percent(progress.share)}`}</Text>
              <Bar value={progress.share * 100} size={5} color="indigo" aria-label="Upload" />
            </div>
          )}
          <Group gap="xs">
            <Button size="xs" type="submit" loading={send.isPending} disabled={key.trim() === ''}>
              Upload
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                if (send.isPending) giveUp.current?.abort()
                else setPicked(null)
              }}
            >
              {send.isPending ? 'Cancel' : 'Discard'}
            </Button>
          </Group>
        </>
      )}
    </form>
  )
}

interface ChooserProps {
  label: string
  folder?: boolean
  disabled: boolean
  onChosen: (files: readonly Placed[]) => void
}

function Chooser({ label, folder = false, disabled, onChosen }: ChooserProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        {...(folder && { webkitdirectory: '' })}
        onChange={({ currentTarget }) => {
          if (currentTarget.files) onChosen(chosen(currentTarget.files))
          // The same one may be chosen again.
          currentTarget.value = ''
        }}
      />
      <Button size="xs" variant="default" disabled={disabled} onClick={() => input.current?.click()}>
        {label}
      </Button>
    </>
  )
}

/** Files can be dropped anywhere: the browser would open those dropped beside the target. */
function useDrops(onDropped: (files: Promise<Placed[]>) => void, busy: boolean): boolean {
  const [over, setOver] = useState(false)
  const take = useEffectEvent((data: DataTransfer) => {
    if (!busy) onDropped(dropped(data))
  })
  useEffect(() => {
    const holds = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false
    const enter = (event: DragEvent): void => {
      if (!holds(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent): void => {
      if (!holds(event)) return
      event.preventDefault()
      setOver(false)
      if (event.dataTransfer) take(event.dataTransfer)
    }
    const page = new AbortController()
    document.addEventListener('dragover', enter, page)
    document.addEventListener('dragleave', leave, page)
    document.addEventListener('drop', drop, page)
    return () => {
      page.abort()
    }
  }, [])
  return over
}
