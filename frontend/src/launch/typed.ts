// From what was typed to values. What cannot be read stays as it was typed: the server says what is wrong with it. Pure.

export const splitList = (text: string): string[] => text.split(/[,;\s]+(?!\s*-)(?<!-\s*)/).filter(Boolean)

export function asNumber(text: string): number | string {
  const number = Number(text)
  return text !== '' && Number.isFinite(number) ? number : text
}
