// A select for one option of a figure; title and choices are the server's.
import { NativeSelect } from '@mantine/core'

import type { FigureKind } from '../api/figures'
import { choicesOf, optionTitle, type FigureOptions } from './cards'

interface FigureChoiceProps<Name extends keyof FigureOptions> {
  kind: FigureKind
  option: Name
  /** Offer only these of the option's choices. Left out: all. */
  among?: readonly string[]
  value: FigureOptions[Name] & string
  onChoose: (value: FigureOptions[Name] & string) => void
}

export function FigureChoice<Name extends keyof FigureOptions>({ kind, option, among, value, onChoose }: FigureChoiceProps<Name>) {
  return (
    <NativeSelect
      size="xs"
      aria-label={optionTitle(kind, option)}
      value={value}
      data={choicesOf(kind, option).filter((choice) => among?.includes(choice.value) ?? true)}
      onChange={({ currentTarget }) => {
        onChoose(currentTarget.value as FigureOptions[Name] & string)
      }}
    />
  )
}
