// Switches between the system's appearance, light and dark.
import { ActionIcon, useMantineColorScheme } from '@mantine/core'

import { AutoIcon, MoonIcon, SunIcon } from '../ui/icons'

const STEPS = ['auto', 'light', 'dark'] as const

const NAMES = { auto: 'system', light: 'light', dark: 'dark' }
const ICONS = { auto: AutoIcon, light: SunIcon, dark: MoonIcon }

export function ThemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const next = STEPS[(STEPS.indexOf(colorScheme) + 1) % STEPS.length] ?? 'auto'
  const Icon = ICONS[colorScheme]
  const label = `Appearance: ${NAMES[colorScheme]}. Switch to ${NAMES[next]}`
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={label}
      title={label}
      onClick={() => {
        setColorScheme(next)
      }}
    >
      <Icon />
    </ActionIcon>
  )
}
