// From the module tree as torch prints it to the convolutions and linear layers in it, by path. Pure.

export interface Weight {
  path: string
  /** "3 × 3 conv, ÷ 2", "1 × 1 conv", "linear" */
  what: string
  from: number
  to: number
}

const MODULE = /^( *)\(([^)]+)\): (\w+)\((.*)$/

export function readStructure(structure: string): Weight[] {
  const path: string[] = []
  return structure.split('\n').flatMap((line) => {
    const [, indent, name, type = '', rest = ''] = MODULE.exec(line) ?? []
    if (indent === undefined || name === undefined) return []
    path.length = indent.length / 2 - 1
    path.push(name)
    const weight = read(type, rest)
    return weight ? [{ path: path.join('.'), ...weight }] : []
  })
}

function read(type: string, rest: string): Omit<Weight, 'path'> | null {
  if (type === 'Linear') {
    const [, from, to] = /in_features=(\d+), out_features=(\d+)/.exec(rest) ?? []
    return from === undefined ? null : { what: 'linear', from: Number(from), to: Number(to) }
  }
  if (type !== 'Conv2d') return null
  const [, from, to, height, width, stride] = /^(\d+), (\d+), kernel_size=\((\d+), (\d+)\)(?:, stride=\((\d+))?/.exec(rest) ?? []
  if (from === undefined) return null
  return { what: `${height} × ${width} conv${Number(stride) > 1 ? `, ÷ ${stride}` : ''}`, from: Number(from), to: Number(to) }
}
