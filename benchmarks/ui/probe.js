// Put into every page before its own scripts: notes when what is measured has reached the screen. A moment is noted
// after the frame that shows it has been handed on, so that it is up to a frame late and never early.
(() => {
  const probe = (window.probe = {
    /**
     * `uid x` of each curve's newest point to when it was on the screen, in ms of the clock. Null until somebody wants
     * them: the list grows with every point, and is the page's own memory to whoever measures that.
     */
    points: null,
    /** When rows of the table and curves in every chart were first on the screen, in ms since the navigation. */
    rows: null,
    charts: null,
    /** How many drawings of charts have reached the screen, and when the last did. */
    drawings: 0,
    drawnAt: 0,
  })

  const frames = []
  const channel = new MessageChannel()
  channel.port1.onmessage = () => {
    for (const note of frames.splice(0)) note()
  }
  const afterFrame = (note) =>
    requestAnimationFrame(() => {
      frames.push(note)
      channel.port2.postMessage(null)
    })

  const plots = () => [...document.querySelectorAll('[data-chart] .js-plotly-plot')].filter((plot) => plot.on)

  const drawn = (plot) => {
    const newest = plot.data.filter(({ x }) => x?.length > 0).map(({ uid, x }) => `${uid} ${x.at(-1)}`)
    afterFrame(() => {
      probe.drawings += 1
      probe.drawnAt = performance.now()
      const now = Date.now()
      if (probe.points) for (const point of newest) probe.points[point] ??= now
    })
  }

  /** Whether each chart has drawn as many curves as the address names runs, of train and of test. */
  const allDrawn = () => {
    const wanted = 2 * (new URLSearchParams(location.search).get('runs') ?? '').split(',').length
    const there = plots()
    return there.length >= 2 && there.every((plot) => plot.querySelectorAll('.scatterlayer .trace').length >= wanted)
  }

  const known = new WeakSet()
  const look = () => {
    for (const plot of plots()) {
      if (known.has(plot)) continue
      known.add(plot)
      plot.on('plotly_afterplot', () => drawn(plot))
      drawn(plot)
    }
    if (probe.rows === null && document.querySelector('tbody [data-run]')) {
      probe.rows = 0
      afterFrame(() => (probe.rows = performance.now()))
    }
    if (probe.charts === null && allDrawn()) {
      probe.charts = 0
      afterFrame(() => (probe.charts = performance.now()))
    }
  }
  probe.watch = setInterval(look, 10)

  /** Milliseconds from the next event of this type until the charts stand still again. */
  probe.changed = (type) =>
    new Promise((resolve) => {
      const begin = (event) => {
        const [began, before] = [event.timeStamp, probe.drawings]
        const wait = setInterval(() => {
          const still = performance.now() - probe.drawnAt > 300
          if (probe.drawings - before < plots().length || !still) return
          clearInterval(wait)
          resolve(probe.drawnAt - began)
        }, 20)
      }
      addEventListener(type, begin, { capture: true, once: true })
    })

  /** Scrolls the table and tells for how long, at the longest, a part of it that should show rows showed none. */
  probe.scroll = async (steps, next) => {
    const table = document.querySelector('table[aria-label=Runs]').parentElement
    const head = table.querySelector('thead').offsetHeight
    const covered = () => {
      const { top, bottom } = table.getBoundingClientRect()
      const rows = [...table.querySelectorAll('tbody [data-run]')].map((row) => row.getBoundingClientRect())
      const [first, last] = [Math.min(...rows.map((row) => row.top)), Math.max(...rows.map((row) => row.bottom))]
      return first <= top + head + 1 && last >= bottom - 1
    }
    // The browser may show the new place before the page hears of it: blank since the frame before.
    let [blank, longest, painted, began] = [false, 0, performance.now(), null]
    table.addEventListener('scroll', () => { if (!covered()) { blank = true; began ??= painted } }, { capture: true })
    const gaps = []
    for (let step = 0; step < steps; step += 1) {
      table.scrollTop = next(step, table)
      await new Promise((resolve) => afterFrame(resolve))
      const now = performance.now()
      gaps.push(now - painted)
      painted = now
      if (blank && covered()) {
        longest = Math.max(longest, painted - began)
        blank = false
        began = null
      }
    }
    return { longest: blank ? Infinity : longest, gaps: gaps.slice(1) }
  }
})()
