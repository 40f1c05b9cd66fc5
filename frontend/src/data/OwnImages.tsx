// Own images: a zip is uploaded, a worker makes a data set of it, and the page tells how far both are.
import { Button, Code, FileInput, Group, Progress, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { answer, api } from '../api/client'
import { asProblem, mistakes, type Problem } from '../api/problem'
import type { Import } from '../api/types'
import { useLabPart } from '../live/hooks'
import { bytes, whole } from '../ui/format'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { useOnce } from '../ui/useOnce'
import { keepView } from '../view/keepView'
import classes from './data.module.css'
import { keyFrom, upload, type Upload } from './upload'

/** Older ones are history. */
const MOST_SHOWN = 5

export function OwnImages() {
  const { data, error, refetch } = useQuery({ queryKey: ['imports'], queryFn: async () => (await answer(api.GET('/api/v1/imports'))).data })
  const live = useLabPart('imports')
  // What the stream has told since is newer.
  const known = new Map([...(data?.items ?? []).map((each) => [each.id, each] as const), ...live])
  const recent = [...known.values()].sort((a, b) => b.id - a.id).slice(0, MOST_SHOWN)
  return (
    <Panel title="Own images">
      <div className={classes.body}>
        <Text size="sm">
          A folder or zip of <Code>train/&lt;class&gt;/*.png</Code> and <Code>test/&lt;class&gt;/*.png</Code> becomes a data set.
        </Text>
        {error && <RequestError wanted="load the imports" problem={asProblem(error)} onRetry={() => void refetch()} />}
        {data?.allowed === true && <UploadForm largest={data.largest} />}
        {data?.allowed === false && (
          <Text size="sm" c="dimmed">
            This lab takes no uploads, for other machines can reach it; <Code>SKIPLAB_ALLOW_UPLOADS=true</Code> lets it.
          </Text>
        )}
        {recent.length > 0 && (
          <ul className={classes.imports} aria-label="Uploads">
            {recent.map((each) => (
              <ImportRow key={each.id} row={each} />
            ))}
          </ul>
        )}
        <Text size="sm" c="dimmed">
          On the machine of the lab:
        </Text>
        <Code block className={classes.command ?? ''}>
          .venv/bin/skiplab data import flowers ~/flowers.zip
        </Code>
      </div>
    </Panel>
  )
}

const KNOWN = new Set(['key', 'size'])

function UploadForm({ largest }: { largest: number }) {
  const queries = useQueryClient()
  const [file, setFile] = useState<File | null>(null)
  const [key, setKey] = useState('')
  const [size, setSize] = useState('')
  const [share, setShare] = useState(0)
  const send = useOnce<Import, Problem, Upload>({
    mutationFn: (wanted) => upload(wanted, setShare),
    onSuccess: async () => {
      setFile(null)
      setKey('')
      await queries.invalidateQueries({ queryKey: ['imports'] })
    },
  })
  const { at, elsewhere } = send.error ? mistakes(send.error, KNOWN) : { at: {}, elsewhere: [] }
  return (
    <form
      className={classes.upload}
      onSubmit={(event) => {
        event.preventDefault()
        if (file) send.mutate({ file, key: key.trim(), size })
      }}
    >
      <FileInput
        size="xs"
        label="Zip file"
        placeholder="Choose …"
        accept=".zip,application/zip"
        description={`At most ${bytes(largest)}.`}
        error={elsewhere.join(' ') || null}
        value={file}
        onChange={(chosen) => {
          setFile(chosen)
          send.reset()
          if (chosen) setKey(keyFrom(chosen.name))
        }}
      />
      <Group gap="xs" align="flex-start" grow>
        <TextInput size="xs" label="Name" autoComplete="off" error={at.key} value={key} onChange={({ currentTarget: { value } }) => { setKey(value) }} />
        <TextInput size="xs" label="Pixels a side" inputMode="numeric" placeholder="as most have" autoComplete="off" error={at.size} value={size} onChange={({ currentTarget: { value } }) => { setSize(value) }} />
      </Group>
      {send.isPending && <Progress value={share * 100} size={5} color="indigo" aria-label="Upload" />}
      <Button size="xs" type="submit" loading={send.isPending} disabled={file === null || key.trim() === ''}>
        Upload
      </Button>
    </form>
  )
}

function ImportRow({ row }: { row: Import }) {
  const { key, status, reason, images, images_done: done, bytes: size } = row
  return (
    <li>
      <span>
        {status === 'done' ? (
          <Link to="/data/$dataset" params={{ dataset: key }} search={keepView} className={classes.link}>
            {key}
          </Link>
        ) : (
          <strong>{key}</strong>
        )}
        <span className={classes.count}>{` ${bytes(size)}`}</span>
      </span>
      <Text size="xs" c={status === 'failed' ? 'red' : 'dimmed'} aria-live="polite">
        {inWords(row)}
      </Text>
      {status === 'importing' && images > 0 && <Progress value={(100 * done) / images} size={4} color="indigo" aria-label={`Import of ${key}`} />}
      {status === 'failed' && (
        <Text size="xs" className={classes.reason ?? ''}>
          {reason ?? 'No reason was recorded.'}
        </Text>
      )}
    </li>
  )
}

function inWords({ status, images, images_done: done }: Import): string {
  switch (status) {
    case 'waiting':
      return 'waits for a worker'
    case 'inspecting':
      return images > 0 ? `scanning: ${whole(done)} of ${whole(images)} images` : 'scanning'
    case 'found':
      return 'scanned, not imported yet'
    case 'cancelled':
      return 'cancelled'
    case 'importing':
      return images > 0 ? `${whole(done)} of ${whole(images)} images` : 'being looked through'
    case 'done':
      return 'a data set now'
    case 'failed':
      return 'failed'
  }
}
