// The keys, on the key `?`.
import { Kbd, Modal, Table } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'

import { useKeys } from '../ui/useKeys'

const KEYS: readonly (readonly [string, string])[] = [
  ['n', 'Launch runs'],
  ['/', 'Search the runs'],
  ['j  k', 'Next and previous row; its curves stand out'],
  ['x', 'Show or hide that row’s curves'],
  ['l', 'Logarithmic axes, or not'],
  ['s', 'Smoothed curves, or not'],
  ['Enter', 'Open that row’s run'],
  ['g r', 'Runs'],
  ['g c', 'Compare'],
  ['g e', 'Evidence'],
  ['g w', 'Networks'],
  ['g q', 'Queue'],
  ['g d', 'Data'],
  ['g t', 'Settings'],
  ['?', 'These keys'],
  ['Esc', 'Close what is open, or leave the row'],
]

export function Help() {
  const [open, { toggle, close }] = useDisclosure(false)
  useKeys([['shift+?', toggle], ['?', toggle]], '[data-keys]')
  return (
    <Modal opened={open} onClose={close} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
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
