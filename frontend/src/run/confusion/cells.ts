// A confusion matrix of many classes as a picture, one pixel a cell, and the pairs that are confused most. Pure.

export interface Matrix {
  /** Row: the true class. Column: the predicted one. */
  counts: readonly (readonly number[])[]
  names: readonly string[]
}

export interface Pair {
  truth: number
  taken: number
  count: number
  /** Of the images of the true class. */
  share: number
}

export type Colour = readonly [red: number, green: number, blue: number]

/** What a cell is mixed of: the page, and the colours of right and wrong. */
export interface Ink {
  paper: Colour
  right: Colour
  wrong: Colour
}

const sum = (row: readonly number[]): number => row.reduce((all, count) => all + count, 0)

/** Red, green, blue and opacity of each cell, row by row. Shares are drawn by their root: a few errors are to be seen. */
export function pixels({ counts }: Matrix, { paper, right, wrong }: Ink): Uint8ClampedArray<ArrayBuffer> {
  const size = counts.length
  const found = new Uint8ClampedArray(4 * size * size)
  for (const [truth, row] of counts.entries()) {
    const all = Math.max(1, sum(row))
    for (let taken = 0; taken < size; taken += 1) {
      const strength = Math.sqrt((row[taken] ?? 0) / all)
      const ink = truth === taken ? right : wrong
      const at = 4 * (truth * size + taken)
      found[at] = paper[0] + (ink[0] - paper[0]) * strength
      found[at + 1] = paper[1] + (ink[1] - paper[1]) * strength
      found[at + 2] = paper[2] + (ink[2] - paper[2]) * strength
      found[at + 3] = 255
    }
  }
  return found
}

/** The cells off the diagonal with the most images, most first. */
export function confused({ counts }: Matrix, most: number): Pair[] {
  const found: Pair[] = []
  let least = 0
  for (const [truth, row] of counts.entries()) {
    const all = Math.max(1, sum(row))
    for (const [taken, count] of row.entries()) {
      if (taken === truth || count <= least) continue
      found.push({ truth, taken, count, share: count / all })
      // Kept short meanwhile: there may be a million cells.
      if (found.length >= 4 * most) least = cutTo(found, most)
    }
  }
  cutTo(found, most)
  return found
}

/** Leaves the first ones; says the count that a further one has to exceed. */
function cutTo(pairs: Pair[], most: number): number {
  pairs.sort((a, b) => b.count - a.count)
  pairs.splice(most)
  return pairs.length < most ? 0 : (pairs.at(-1)?.count ?? 0)
}

/** The cell under a point of the picture, whose sides are these; null beside it. */
export function cellAt(across: number, down: number, { width, height }: { width: number; height: number }, size: number): { truth: number; taken: number } | null {
  const [taken, truth] = [Math.floor((across / width) * size), Math.floor((down / height) * size)]
  return taken < 0 || truth < 0 || taken >= size || truth >= size ? null : { truth, taken }
}
