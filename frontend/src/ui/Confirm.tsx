// Asks for confirmation beside the button that was clicked.
import { Button, Group, Popover, Text } from '@mantine/core'
import { useId, useRef, useState, type ReactNode } from 'react'

import classes from './ui.module.css'

export interface Question {
  title: string
  /** What is lost, and what is not. */
  text: string
  /** On the button that changes nothing; `Cancel` where left out. */
  keep?: string
  /** On the button that does it. */
  go: string
  onGo: () => void
}

interface ConfirmProps {
  /** One button, or a menu with its own. */
  children: (ask: (question: Question) => void) => ReactNode
}

export function Confirm({ children }: ConfirmProps) {
  // Its words stay while it fades.
  const [question, setQuestion] = useState<Question | null>(null)
  const [open, setOpen] = useState(false)
  const target = useRef<HTMLSpanElement>(null)
  const title = useId()
  const close = (): void => {
    setOpen(false)
    // The element that opened it may be gone, such as a menu item.
    target.current?.querySelector('button')?.focus()
  }
  return (
    <Popover
      opened={open}
      onChange={(opened) => {
        if (!opened) close()
      }}
      position="bottom-end"
      shadow="md"
      width="max-content"
      trapFocus
      withinPortal
      withRoles={false}
    >
      <Popover.Target>
        <span ref={target} className={classes.confirm}>
          {children((asked) => {
            setQuestion(asked)
            setOpen(true)
          })}
        </span>
      </Popover.Target>
      <Popover.Dropdown role="alertdialog" aria-labelledby={title} maw="min(360px, calc(100vw - 32px))">
        {question && (
          <>
            <Text id={title} size="sm" fw={600}>
              {question.title}
            </Text>
            <Text size="sm" c="dimmed" mb="sm">
              {question.text}
            </Text>
            <Group gap="xs" justify="flex-end">
              <Button size="xs" variant="default" onClick={close}>
                {question.keep ?? 'Cancel'}
              </Button>
              <Button
                size="xs"
                color="red"
                onClick={() => {
                  close()
                  question.onGo()
                }}
              >
                {question.go}
              </Button>
            </Group>
          </>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
