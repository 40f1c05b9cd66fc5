import type { View } from './urlState'

/** What was open on a page, which no other page has. */
const OPENED: readonly (keyof View)[] = ['tab', 'claim', 'max', 'launch', 'on', 'clone', 'whole', 'against', 'epoch', 'pair', 'sought']

/** The part of the view that a link to another page keeps: selection and filters, not what was open. */
export const keepView = (view: View): View => Object.fromEntries(Object.entries(view).filter(([name]) => !OPENED.includes(name as keyof View)))
