// A titled part of the page. What breaks inside it stays inside it.
import { Button, Stack, Text } from '@mantine/core'
import { Component, useId, type CSSProperties, type ReactNode, type Ref } from 'react'

import classes from './ui.module.css'

interface PanelProps {
  title: string
  /** Beside the title: a count, a key. */
  aside?: ReactNode
  /** At the far end of the title's line. */
  actions?: ReactNode
  className?: string | undefined
  style?: CSSProperties | undefined
  ref?: Ref<HTMLElement> | undefined
  children: ReactNode
}

export function Panel({ title, aside, actions, className, style, ref, children }: PanelProps) {
  const id = useId()
  return (
    <section ref={ref} style={style} className={`${classes.panel} ${className ?? ''}`} aria-labelledby={id}>
      <header className={classes.panelHead}>
        <h2 id={id} className={classes.panelTitle}>
          {title}
        </h2>
        {aside}
        <div className={classes.panelActions}>{actions}</div>
      </header>
      <Boundary what={title}>{children}</Boundary>
    </section>
  )
}

interface BoundaryProps {
  what: string
  children: ReactNode
}

export class Boundary extends Component<BoundaryProps, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <Stack role="alert" align="flex-start" gap="xs" p="md">
        <Text size="sm" fw={600}>
          “{this.props.what}” broke: {error.message}
        </Text>
        <Text size="sm" c="dimmed">
          The rest of the page still works. If it breaks again, the browser’s console has the details.
        </Text>
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            this.setState({ error: null })
          }}
        >
          Draw it again
        </Button>
      </Stack>
    )
  }
}
