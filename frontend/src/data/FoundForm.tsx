// What a worker found in an upload, before anything is taken: splits, classes, sizes, what is left out and why; and what can
// be chosen about it.
import { Alert, Button, Checkbox, Group, NativeSelect, Table, Text, TextInput } from '@mantine/core'
import { useState } from 'react'

import { answer, api } from '../api/client'
import { mistakes, type Problem } from '../api/problem'
import type { components } from '../api/schema'
import type { Import } from '../api/types'
import { bytes, whole } from '../lib/format'
import { Scroll } from '../ui/Scroll'
import { useOnce } from '../ui/useOnce'
import classes from './data.module.css'
import { useTaken } from './useTaken'
import { foundInWords, SPLITS } from './words'

type Found = components['schemas']['Found']
type LeftOut = components['schemas']['Group']

const KNOWN = new Set(['key', 'size', 'names', 'skip_bad', 'test_share'])

const PATHS = { take: '/api/v1/imports/{import_id}/take', inspect: '/api/v1/imports/{import_id}/inspect' } as const

/** Beside the classes only so many have their counts shown. */
const MOST_CLASSES = 12

interface FoundFormProps {
  row: Import
  found: Found
  onCancel: () => void
}

/** Null where nothing was typed; undefined for what is no number. */
function typedNumber(text: string): number | null | undefined {
  if (text.trim() === '') return null
  const value = Number(text.trim().replace(',', '.').replace(/\s*(px|%)$/, ''))
  return Number.isFinite(value) ? value : undefined
}

export function FoundForm({ row, found, onCancel }: FoundFormProps) {
  const [key, setKey] = useState(row.key)
  const [size, setSize] = useState(row.size === null ? '' : String(row.size))
  const [names, setNames] = useState(row.names ?? (found.names ?? [])[0]?.encoding ?? '')
  const [skipBad, setSkipBad] = useState(row.skip_bad)
  const [share, setShare] = useState(inPercent(row.test_share))
  const typed = { size: typedNumber(size), share: typedNumber(share) }
  const wrong = {
    size: typed.size === undefined ? 'Enter a number, such as 64.' : null,
    share: typed.share === undefined || (typed.share !== null && !(typed.share > 0 && typed.share < 100)) ? 'Enter a number between 0 and 100.' : null,
  }
  const send = useOnce<unknown, Problem, 'take' | 'inspect'>({
    mutationFn: (what) => {
      const body: components['schemas']['Taking'] = { key: key.trim(), size: typed.size ?? null, names: names || null, skip_bad: skipBad, test_share: typed.share == null ? null : typed.share / 100 }
      return answer(api.POST(PATHS[what], { params: { path: { import_id: row.id } }, body }))
    },
  })
  const { at, elsewhere } = send.error ? mistakes(send.error, KNOWN) : { at: {}, elsewhere: [] }
  const taken = useTaken(key)
  // Names that cannot be read make other classes once they can, another share other sets: what is found is shown again first.
  const divided = !found.labelled_test
  const again = share !== inPercent(row.test_share)
  const unread = (found.names ?? []).length > 0
  const blocked = found.refused != null && !unread && !(found.unreadable && skipBad)
  return (
    <form
      className={classes.found}
      onSubmit={(event) => {
        event.preventDefault()
        send.mutate(unread || again ? 'inspect' : 'take')
      }}
    >
      {(found.splits ?? []).length > 0 && <Text size="sm">{foundInWords(found)}.</Text>}
      <Text size="xs" c="dimmed">{found.layout}</Text>
      {(found.splits ?? []).length > 0 && <Splits found={found} />}
      {found.size && (
        <Text size="xs" c="dimmed">
          {`Resized to ${times(found.size.chosen)} (${found.size.why}); originals are ${times(found.size.smallest)} to ${times(found.size.largest)}. ${bytes(found.bytes)} on disk.`}
        </Text>
      )}
      {(found.notes ?? []).map((note) => <Text key={note} size="xs" c="dimmed">{note}</Text>)}
      {(found.left_out ?? []).map((group) => <GroupNote key={group.why} group={group} />)}
      {found.unreadable && <GroupNote group={found.unreadable} told={skipBad ? 'skipped: ' : ''} />}
      {(found.duplicates ?? []).map(({ one, other, count, first }) => (
        <Text key={`${one} ${other}`} size="xs" c="dimmed" title={first.map((pair) => `${pair.one} = ${pair.other}`).join('\n')}>
          {one === other ? `${whole(count)} images appear in two classes.` : `${whole(count)} images of ${other} also appear in ${one}.`}
        </Text>
      ))}
      {found.refused && <Alert color="yellow" variant="light" p="xs"><Text size="xs">{found.refused}</Text></Alert>}
      {unread && (
        <NativeSelect
          size="xs"
          label="Encoding of the file names"
          value={names}
          data={(found.names ?? []).map(({ encoding, examples }) => ({ value: encoding, label: `${encoding}: ${examples.slice(0, 2).join(', ')}` }))}
          error={at.names}
          onChange={({ currentTarget: { value } }) => { setNames(value) }}
        />
      )}
      {found.unreadable && (
        <Checkbox size="xs" label={`Skip ${whole(found.unreadable.count)} unreadable files`} checked={skipBad} onChange={({ currentTarget: { checked } }) => { setSkipBad(checked) }} />
      )}
      <Group gap="xs" align="flex-start" grow>
        <TextInput size="xs" label="Name" autoComplete="off" error={at.key} value={key} onChange={({ currentTarget: { value } }) => { setKey(value) }} />
        <TextInput size="xs" label="Image size (px)" inputMode="numeric" autoComplete="off" placeholder={found.size ? String(found.size.chosen.width) : ''} error={wrong.size ?? at.size} value={size} onChange={({ currentTarget: { value } }) => { setSize(value) }} />
        {divided && <TextInput size="xs" label="Test split (%)" inputMode="decimal" autoComplete="off" error={wrong.share ?? at.test_share} value={share} onChange={({ currentTarget: { value } }) => { setShare(value) }} />}
      </Group>
      {taken && <Text size="xs">{taken}</Text>}
      {elsewhere.length > 0 && <Text size="xs" c="red" role="alert">{elsewhere.join(' ')}</Text>}
      <Group gap="xs">
        <Button size="xs" type="submit" loading={send.isPending} disabled={key.trim() === '' || blocked || wrong.size !== null || wrong.share !== null}>
          {unread ? 'Read with these names' : again ? 'Inspect again' : 'Import'}
        </Button>
        <Button size="xs" variant="default" onClick={onCancel}>
          Discard
        </Button>
      </Group>
    </form>
  )
}

const inPercent = (share: number | null | undefined): string => (share == null ? '' : String(Number((100 * share).toPrecision(3))))

const times = ({ width, height }: { width: number; height: number }): string => `${width} × ${height}`

function Splits({ found: { splits = [], classes: names = [] } }: { found: Found }) {
  return (
    <Scroll label="What was found" className={classes.foundTable}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Class</Table.Th>
            {splits.map(({ split, origin }) => <Table.Th key={split} ta="right" title={origin}>{SPLITS[split]}</Table.Th>)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {names.slice(0, MOST_CLASSES).map((name, place) => (
            <Table.Tr key={place}>
              <Table.Td className={classes.foundClass ?? ''} title={name}>{name}</Table.Td>
              {splits.map(({ split, counts }) => <Table.Td key={split} ta="right">{whole(counts[place] ?? 0)}</Table.Td>)}
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>{names.length > MOST_CLASSES ? `and ${whole(names.length - MOST_CLASSES)} more; all` : 'all'}</Table.Td>
            {splits.map(({ split, images }) => <Table.Td key={split} ta="right">{whole(images)}</Table.Td>)}
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}

function GroupNote({ group: { why, count, first }, told = 'skipped: ' }: { group: LeftOut; told?: string }) {
  return (
    <details className={classes.groupNote}>
      <summary>{`${whole(count)} ${told}${why}`}</summary>
      <ul>
        {first.map((name) => <li key={name}>{name}</li>)}
        {count > first.length && <li>{`and ${whole(count - first.length)} more`}</li>}
      </ul>
    </details>
  )
}
