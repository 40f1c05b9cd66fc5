// A plugin's error: one sentence, and the traceback on request.
import { Code, Text } from '@mantine/core'

export function PluginError({ error }: { error: string }) {
  const lines = error.trim().split('\n')
  const sentence = lines[lines.length - 1]
  return (
    <div>
      <Text size="sm" c="red">
        {sentence}
      </Text>
      {lines.length > 1 && (
        <details>
          <summary>
            <Text span size="xs" c="dimmed">
              Traceback
            </Text>
          </summary>
          <Code block>{error}</Code>
        </details>
      )}
    </div>
  )
}
