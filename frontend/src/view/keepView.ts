import type { View } from './search'

/** The view to take along to another page: what is looked at stays, what was open there does not. */
export const keepView = ({ tab: _, claim: __, max: ___, launch: ____, clone: _____, whole: ______, against: _______, epoch: ________, ...view }: View): View => view
