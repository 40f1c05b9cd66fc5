// The word for a field of the spec that holds nothing: a limit that is not set leaves all, whatever else is not set is off.
export const unset = (field: string): string => (field.endsWith('_limit') ? 'all' : 'off')
