// Which rows of the table are drawn. Pure but for what it remembers of the last time.

/** What is in sight: the first and the last row, of so many. */
export interface Sight {
  startIndex: number
  endIndex: number
  count: number
}

/** Rows drawn beyond those in sight, above and below: scrolling comes to them before the next frame. */
export const BEYOND = 6

/**
 * The first time, and after a leap, all rows are drawn anew. Those beyond are left for the next time, and for when the
 * table stands still: what is in sight comes first.
 */
export class RowWindow {
  #last: Sight | null = null
  #leapt = false

  rows(sight: Sight, scrolling: boolean): number[] {
    const { startIndex, endIndex, count } = sight
    const before = this.#last
    const apart = before === null || startIndex > before.endIndex || endIndex < before.startIndex
    const moved = startIndex !== before?.startIndex || endIndex !== before.endIndex
    this.#leapt = before === null || (scrolling && (apart || (this.#leapt && !moved)))
    this.#last = sight
    const beyond = this.#leapt ? 0 : BEYOND
    const [first, last] = [Math.max(0, startIndex - beyond), Math.min(count - 1, endIndex + beyond)]
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place)
  }
}
