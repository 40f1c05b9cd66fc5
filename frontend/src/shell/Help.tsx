// The keyboard shortcuts, on the key `?`.
import { Kbd, Modal, Table } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'

import { useKeys } from '../ui/useKeys'
import { PAGES } from './pages'

const KEYS: readonly (readonly [string, string])[] = [
  ['n', 'Launch runs'],
  ['/', 'Search runs'],
  ['j  k', 'Next and previous row; highlights its curves'],
  ['x', 'Show or hide the row’s curves'],
  ['l', 'Toggle log scale'],
  ['s', 'Toggle smoothing'],
  ['Enter', 'Open the row’s run'],
  ...PAGES.map(({ key, name }) => [`g ${key}`, name] as const),
  ['?', 'This help'],
  ['Esc', 'Close, or clear focus'],
]

export function Help() {
  const [open, { toggle, close }] = useDisclosure(false)
  useKeys([['shift+?', toggle], ['?', toggle]], '[data-keys]')
  return (
    <Modal opened={open} onClose={close} title="Keyboard shortcuts" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Table data-keys>
        <Table.Tbody>
          {KEYS.map(([key, what]) => (
            <Table.Tr key={key}>
              <Table.Td w={110}>
                {key.split(/\s+/).map((each) => (
                  <Kbd key={each} mr={4}>
                    {each}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
