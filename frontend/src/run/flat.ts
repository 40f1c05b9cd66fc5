// A nested object as rows of a table. Pure.

/** `{torch: {version: 2}}` as `torch.version`, 2. Lists stay whole. */
export function flat(value: Readonly<Record<string, unknown>>, prefix = ''): [path: string, text: string][] {
  return Object.entries(value).flatMap(([name, each]): [string, string][] => {
    const path = `${prefix}${name}`
    if (typeof each === 'object' && each !== null && !Array.isArray(each)) return flat(each as Record<string, unknown>, `${path}.`)
    return [[path, each === null || each === undefined ? '–' : typeof each === 'string' ? each : JSON.stringify(each)]]
  })
}
