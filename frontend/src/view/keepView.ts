import type { View } from './search'

/** The view to take along to another page: what is looked at stays, what was open there does not. */
export const keepView = ({ tab: _, max: __, launch: ___, clone: ____, whole: _____, ...view }: View): View => view
