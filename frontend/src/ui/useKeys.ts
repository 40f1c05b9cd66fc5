// Keys of the page. They leave alone what is open over it: a dialog, a drawer or a menu has its own.
import { useHotkeys } from '@mantine/hooks'

export type Keys = readonly (readonly [key: string, act: () => void])[]

const OVER_THE_PAGE = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]'

/** `within`: a part of the page that keeps these keys in a dialog that holds it. */
export function useKeys(keys: Keys, within?: string): void {
  useHotkeys(
    keys.map(([key, act]) => [
      key,
      (event: KeyboardEvent) => {
        if (!isMeant(event, within)) return
        event.preventDefault()
        act()
      },
      { preventDefault: false },
    ]),
  )
}

function isMeant(event: KeyboardEvent, within: string | undefined): boolean {
  const focused = event.target instanceof Element ? event.target : document.body
  // Enter presses what has the focus.
  if (event.key === 'Enter' && focused.closest('a, button') !== null) return false
  const over = focused.closest(OVER_THE_PAGE) ?? document.querySelector('[aria-modal=true]')
  return over === null || (within !== undefined && over.querySelector(within) !== null)
}
