// A select for one option of a figure; title and choices are the server's.
import { NativeSelect } from '@mantine/core'

import { choicesOf, optionTitle, type FigureKind, type FigureOptions } from './cards'

interface FigureChoiceProps<T extends string> {
  kind: FigureKind
  option: keyof FigureOptions
  /** Those of the option's choices that are offered here. */
  among: readonly T[]
  value: T
  onChoose: (value: T) => void
}

export function FigureChoice<T extends string>({ kind, option, among, value, onChoose }: FigureChoiceProps<T>) {
  return (
    <NativeSelect
      size="xs"
      aria-label={optionTitle(kind, option)}
      value={value}
      data={choicesOf(kind, option).filter((choice) => among.some((each) => each === choice.value))}
      onChange={({ currentTarget }) => {
        const chosen = among.find((each) => each === currentTarget.value)
        if (chosen) onChoose(chosen)
      }}
    />
  )
}
