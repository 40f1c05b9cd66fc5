import type { View } from './urlState'

/** What was open on a page, which no other page has. */
const OPENED: readonly (keyof View)[] = ['tab', 'claim', 'max', 'launch', 'on', 'clone', 'whole', 'against', 'epoch', 'pair', 'sought']

/** The view to take along to another page: what is looked at stays, what was open there does not. */
export const keepView = (view: View): View => Object.fromEntries(Object.entries(view).filter(([name]) => !OPENED.includes(name as keyof View)))
