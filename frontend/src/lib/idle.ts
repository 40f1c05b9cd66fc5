/** Resolves once the page is idle, at the latest after `most` ms. */
export function idle(most: number): Promise<void> {
  return new Promise((resolve) => {
    // Safari has none.
    if (typeof requestIdleCallback === 'undefined') setTimeout(resolve, most / 4)
    else requestIdleCallback(() => { resolve() }, { timeout: most })
  })
}
