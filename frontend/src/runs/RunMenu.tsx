// Everything else that can be done to one run.
import { ActionIcon, Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState, type ComponentProps } from 'react'

import { isLabRun, type Run } from '../api/types'
import { Confirm } from '../ui/Confirm'
import { DotsIcon } from '../ui/icons'
import { keepView } from '../view/keepView'
import { useLaunchForm } from '../view/useView'
import { useBulk, useChangeRun, useMove } from './actions'

interface RunMenuProps {
  run: Run
  onDeleted?: (() => void) | undefined
}

/** A button until it is asked for: most rows never are, and a menu is the dearest part of a row. */
export function RunMenu({ run, onDeleted }: RunMenuProps) {
  const [asked, setAsked] = useState(false)
  if (asked) return <OpenedMenu run={run} onDeleted={onDeleted} />
  return (
    <MenuButton
      run={run}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={() => {
        setAsked(true)
      }}
    />
  )
}

function MenuButton({ run, ...props }: { run: Run } & ComponentProps<typeof ActionIcon<'button'>>) {
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={`More for run ${run.id}, ${run.name}`} title="More" {...props}>
      <DotsIcon />
    </ActionIcon>
  )
}

function OpenedMenu({ run, onDeleted }: RunMenuProps) {
  const { show } = useLaunchForm()
  const change = useChangeRun(run.id)
  const bulk = useBulk((done, action) => {
    if (action === 'delete' && done.includes(run.id)) onDeleted?.()
  })
  const move = useMove()
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  // The button that was pressed is gone. The menu gives the focus back to what has it when it opens.
  useEffect(() => {
    button.current?.focus()
    const frame = requestAnimationFrame(() => {
      setOpen(true)
    })
    return () => {
      cancelAnimationFrame(frame)
    }
  }, [])
  return (
    <Confirm>
      {(ask) => (
        <Menu opened={open} onChange={setOpen} position="bottom-end" shadow="md" withinPortal>
          <Menu.Target>
            <MenuButton run={run} ref={button} />
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item renderRoot={(props) => <Link to="/runs/$run" params={{ run: String(run.id) }} search={keepView} {...props} />}>
              Open
            </Menu.Item>
            {isLabRun(run) && (
              <Menu.Item
                onClick={() => {
                  show(run.id)
                }}
              >
                Duplicate…
              </Menu.Item>
            )}
            {isLabRun(run) && run.experiment && (
              <Menu.Item
                onClick={() => {
                  show(run.id, true)
                }}
              >
                Duplicate experiment…
              </Menu.Item>
            )}
            {run.experiment && (
              <Menu.Item renderRoot={(props) => <Link to="/evidence/$experiment" params={{ experiment: String(run.experiment?.id) }} search={keepView} {...props} />}>
                View evidence
              </Menu.Item>
            )}
            {run.status === 'queued' && (
              <Menu.Item
                onClick={() => {
                  move.mutate({ run: run.id, place: { to: 'front' } })
                }}
              >
                Move to top of queue
              </Menu.Item>
            )}
            <Menu.Item
              onClick={() => {
                change.mutate({ archived: !run.archived })
              }}
            >
              {run.archived ? 'Unarchive' : 'Archive'}
            </Menu.Item>
            {run.archived && run.status !== 'running' && (
              <Menu.Item
                color="red"
                onClick={() => {
                  ask({
                    title: `Delete ${run.name} permanently?`,
                    text: 'Its metrics, log and files are deleted. This cannot be undone.',
                    go: 'Delete run',
                    onGo: () => {
                      bulk.mutate({ action: 'delete', runs: [run.id] })
                    },
                  })
                }}
              >
                Delete permanently
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    </Confirm>
  )
}
