// Which rows of the table are drawn. Pure but for what it remembers of the last time.

/** The first and the last row in sight, of so many. */
export interface RowsInSight {
  startIndex: number
  endIndex: number
  count: number
}

/** Rows drawn beyond those in sight, above and below: scrolling comes to them before the next frame. */
export const BEYOND = 6

/** A leap draws all rows anew. Those beyond are left for when the table stands still: what is in sight comes first. */
export class RowWindow {
  #last: RowsInSight = { startIndex: 0, endIndex: 0, count: 0 }
  #leapt = false

  rows(sight: RowsInSight, scrolling: boolean): number[] {
    const { startIndex, endIndex, count } = sight
    const apart = startIndex > this.#last.endIndex || endIndex < this.#last.startIndex
    const moved = startIndex !== this.#last.startIndex || endIndex !== this.#last.endIndex
    this.#leapt = scrolling && (apart || (this.#leapt && !moved))
    this.#last = sight
    const beyond = this.#leapt ? 0 : BEYOND
    const [first, last] = [Math.max(0, startIndex - beyond), Math.min(count - 1, endIndex + beyond)]
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place)
  }
}
