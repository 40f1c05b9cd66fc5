// The way to the first of some fields of a form: in sight, with the keys there.

export function focusField(form: HTMLElement, fields: ReadonlySet<string>): void {
  const first = [...form.querySelectorAll<HTMLElement>('[name]')].find((each) => fields.has(each.getAttribute('name') ?? ''))
  // In the middle: the label above it and the message below it are in sight as well.
  first?.focus({ preventScroll: true })
  first?.scrollIntoView({ block: 'center' })
}
