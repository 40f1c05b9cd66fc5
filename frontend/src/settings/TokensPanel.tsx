// Access tokens with their name and permission. A new one is shown once.
import { Alert, Button, Code, CopyButton, Group, NativeSelect, Popover, Skeleton, Table, Text, TextInput, VisuallyHidden } from '@mantine/core'
import { useState } from 'react'

import { asProblem, mistakes } from '../api/problem'
import { dateTime } from '../lib/format'
import { Panel } from '../ui/Panel'
import { RequestError } from '../ui/RequestError'
import { Scroll } from '../ui/Scroll'
import { useMakeToken, useRevoke, useSignedIn, useTokens, type MadeToken, type NewToken, type Token } from './access'
import classes from './settings.module.css'

type Scope = NonNullable<NewToken['scope']>

const SCOPES: Record<Scope, string> = {
  read: 'Read-only',
  write: 'Full access',
  agent: 'Agent, within a budget',
}

/** An agent's token has a budget, which `skiplab token add` takes. */
const OFFERED = (['read', 'write'] as const).map((value) => ({ value, label: SCOPES[value] }))

export function TokensPanel() {
  const { data, error, refetch } = useTokens()
  const { data: me } = useSignedIn()
  const [made, setMade] = useState<MadeToken | null>(null)
  const mayWrite = me?.scope === 'write'
  return (
    <Panel title="Tokens" aside={<Text size="xs" c="dimmed">for people, notebooks and scripts</Text>}>
      <div className={classes.body}>
        {error && <RequestError wanted="load the tokens" problem={asProblem(error)} onRetry={() => void refetch()} />}
        {data === undefined && !error && <Skeleton height={80} />}
        {data && <List tokens={data} mine={me?.name ?? null} mayWrite={mayWrite} />}
        {made && <Shown made={made} onDone={() => { setMade(null) }} />}
        {me && !mayWrite && (
          <Text size="sm" c="dimmed">
            Creating and revoking tokens needs full access.
          </Text>
        )}
        {mayWrite && <Maker onMade={setMade} />}
      </div>
    </Panel>
  )
}

function List({ tokens, mine, mayWrite }: { tokens: readonly Token[]; mine: string | null; mayWrite: boolean }) {
  if (tokens.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No tokens yet. Give each person or script their own: it can be revoked without affecting the others.
      </Text>
    )
  }
  return (
    <Scroll label="Tokens" className={classes.tokens}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Permission</Table.Th>
            <Table.Th>Created</Table.Th>
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.id}>
              <Table.Td>
                {token.name}
                {token.name === mine && (
                  <Text component="span" size="xs" c="dimmed" ml={8}>
                    yours
                  </Text>
                )}
              </Table.Td>
              <Table.Td>{SCOPES[token.scope]}</Table.Td>
              <Table.Td>{dateTime(token.created_at)}</Table.Td>
              <Table.Td ta="right">{mayWrite && <RevokeButton token={token} own={token.name === mine} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}

/** Revokes a token, after a confirmation. */
function RevokeButton({ token, own }: { token: Token; own: boolean }) {
  const [asking, setAsking] = useState(false)
  const revoke = useRevoke()
  return (
    <Popover opened={asking} onChange={setAsking} position="bottom-end" shadow="md" width={280} trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button size="compact-xs" variant="default" loading={revoke.isPending} aria-label={`Revoke ${token.name}`} onClick={() => { setAsking(true) }}>
          Revoke
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" mb="sm">
          {own ? 'You are signed in with this token and would need another.' : `Anyone using “${token.name}” loses access.`}
        </Text>
        {revoke.error && (
          <Text size="sm" c="red" mb="sm" role="alert">
            {revoke.error.message}
          </Text>
        )}
        <Group gap="xs" justify="flex-end">
          <Button size="xs" variant="default" onClick={() => { setAsking(false) }}>
            Cancel
          </Button>
          <Button size="xs" color="red" onClick={() => { revoke.mutate(token.id) }}>
            Revoke
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  )
}

function Shown({ made, onDone }: { made: MadeToken; onDone: () => void }) {
  return (
    <Alert color="indigo" variant="light" role="status" title={`Token “${made.name}”`}>
      <Text size="sm" mb="xs">
        Copy it now: it is not shown again. Send it as <Code>Authorization: Bearer …</Code>, or sign in with it here.
      </Text>
      <Group gap="xs">
        <Code className={classes.token ?? ''}>{made.token}</Code>
        <CopyButton value={made.token}>
          {({ copied, copy }) => (
            <Button size="xs" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button size="xs" variant="default" onClick={onDone}>
          Done
        </Button>
      </Group>
    </Alert>
  )
}

const KNOWN = new Set(['name', 'scope'])

function Maker({ onMade }: { onMade: (made: MadeToken) => void }) {
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Scope>('read')
  const make = useMakeToken()
  const { at, elsewhere } = make.error ? mistakes(make.error, KNOWN) : { at: {}, elsewhere: [] }
  const wrong = [at.name, at.scope, ...elsewhere].filter(Boolean).join(' ')
  return (
    <form
      className={classes.maker}
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate(
          { name: name.trim(), scope },
          {
            onSuccess: (made) => {
              onMade(made)
              setName('')
            },
          },
        )
      }}
    >
      <TextInput size="xs" label="Name" placeholder="Ada’s notebook" autoComplete="off" error={wrong || null} value={name} onChange={({ currentTarget: { value } }) => { setName(value) }} />
      <NativeSelect size="xs" label="Permission" value={scope} data={OFFERED} onChange={({ currentTarget: { value } }) => { setScope(value as Scope) }} />
      <Button size="xs" type="submit" loading={make.isPending} disabled={name.trim() === ''}>
        Create token
      </Button>
    </form>
  )
}
