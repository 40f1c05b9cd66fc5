// Asks for the token. The browser keeps a cookie for it, which no script sees.
import { Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { asProblem } from '../api/problem'
import { signIn } from './token'

export function SignIn() {
  const [token, setToken] = useState('')
  const [refused, setRefused] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const enter = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    try {
      await signIn(token.trim())
      // Everything begins again, with the cookie.
      window.location.reload()
    } catch (error) {
      setRefused(asProblem(error).message)
      setBusy(false)
    }
  }

  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper component="form" withBorder p="xl" maw={420} onSubmit={(event: SyntheticEvent) => void enter(event)}>
        <Stack>
          <Title order={1} size="h3">
            Sign in to Skiplab
          </Title>
          <Text size="sm">
            Enter an access token. The server prints one at its first start, or takes it from <Code>SKIPLAB_TOKEN</Code>;
            create another with <Code>skiplab token add NAME</Code>.
          </Text>
          <PasswordInput
            label="Token"
            value={token}
            error={refused}
            autoComplete="current-password"
            data-autofocus
            required
            withAsterisk={false}
            onChange={({ currentTarget }) => {
              setToken(currentTarget.value)
              setRefused(null)
            }}
          />
          <Button type="submit" loading={busy} disabled={token.trim() === ''}>
            Sign in
          </Button>
        </Stack>
      </Paper>
    </Center>
  )
}
